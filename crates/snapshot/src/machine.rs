//! How much memory this process may have.

/// Bytes of memory that the machine has, its swap included, or that this process is limited to; `None` where nobody
/// says.
#[cfg(target_os = "linux")]
pub(crate) fn available() -> Option<u64> {
    [machine(), address_space(), control_group()].into_iter().flatten().min()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn available() -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
fn machine() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let total = kilobytes("MemTotal:")?.saturating_add(kilobytes("SwapTotal:").unwrap_or(0));
    Some(total.saturating_mul(1024))
}

/// `ulimit -v`.
#[cfg(target_os = "linux")]
fn address_space() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What a container is given.
#[cfg(target_os = "linux")]
fn control_group() -> Option<u64> {
    ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path).ok()?.trim().parse().ok())
}
