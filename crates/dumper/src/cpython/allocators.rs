//! What the allocators below Python say of themselves: malloc's counters and pymalloc's report.

use std::ffi::{c_char, c_int};
use std::ptr;

use heapview_snapshot::{MallocSizes, PymallocSizes};

use super::object::FREE_THREADED;
use super::symbols::{MallInfo2, Symbols};

/// The C library's counters, where it has them in full width: glibc 2.33 or newer.
pub(crate) fn malloc_sizes(symbols: &Symbols) -> Option<MallocSizes> {
    let mallinfo2 = symbols.mallinfo2?;
    // SAFETY: takes malloc's own locks and counts its free blocks.
    let MallInfo2 { uordblks, fordblks, hblkhd, .. } = unsafe { mallinfo2() };
    Some(MallocSizes { in_use: uordblks as u64, free: fordblks as u64, mmapped: hblkhd as u64 })
}

/// pymalloc's sizes; `None` where Python uses another allocator, as free-threaded builds do, or reports in words
/// unknown here.
pub(crate) fn pymalloc_sizes(symbols: &Symbols) -> Option<PymallocSizes> {
    if FREE_THREADED {
        return None;
    }
    parse(&report(symbols.debug_malloc_stats?)?)
}

/// The text of `_PyObject_DebugMallocStats`, which walks pool headers, runs no Python code, and prints with
/// `fprintf` from a buffer on its stack. The stream's memory is malloc's.
fn report(debug_malloc_stats: unsafe extern "C" fn(*mut libc::FILE) -> c_int) -> Option<String> {
    let mut text: *mut c_char = ptr::null_mut();
    let mut len = 0;
    // SAFETY: both variables outlive the stream; the GIL is held, so no pool changes while it is counted. After
    // `fclose` the text is ours, to be freed even when it is empty.
    unsafe {
        let stream = libc::open_memstream(&raw mut text, &raw mut len);
        if stream.is_null() {
            return None;
        }
        let is_used = debug_malloc_stats(stream) != 0;
        let is_whole = libc::fclose(stream) == 0 && !text.is_null();
        let report = (is_used && is_whole).then(|| {
            String::from_utf8_lossy(std::slice::from_raw_parts(text.cast::<u8>(), len)).into_owned()
        });
        libc::free(text.cast());
        report
    }
}

/// Reads lines such as `# bytes in allocated blocks        =              802,704`, the same words in 3.9 to 3.13;
/// the number of bytes per arena and per pool is part of the text before the `=`.
fn parse(report: &str) -> Option<PymallocSizes> {
    let number = |wanted: &dyn Fn(&str) -> bool| {
        let mut lines = report.lines().filter_map(|line| line.rsplit_once('='));
        let (_, number) = lines.find(|(words, _)| wanted(words.trim()))?;
        number.trim().replace(',', "").parse::<u64>().ok()
    };
    let unused_pools = number(&|words| words.contains(" unused pools * "))?;
    Some(PymallocSizes {
        arenas: number(&|words| words.contains(" arenas * ") && words.ends_with(" bytes/arena"))?,
        in_use: number(&|words| words == "# bytes in allocated blocks")?,
        free: number(&|words| words == "# bytes in available blocks")?.checked_add(unused_pools)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
Small block threshold = 512, in 32 size classes.

class   size   num pools   blocks in use  avail blocks
-----   ----   ---------   -------------  ------------
    0     16           9            4517           4672

# arenas allocated total           =                    2
# arenas allocated current         =                    2
2 arenas * 1048576 bytes/arena     =            2,097,152

# bytes in allocated blocks        =              802,704
# bytes in available blocks        =              367,728
54 unused pools * 16384 bytes      =              884,736
# bytes lost to pool headers       =                3,456
Total                              =            2,097,152
";

    #[test]
    fn the_report_is_read() {
        let expected = PymallocSizes { arenas: 2_097_152, in_use: 802_704, free: 367_728 + 884_736 };
        assert_eq!(parse(REPORT), Some(expected));
    }

    #[test]
    fn other_words_are_no_numbers() {
        assert_eq!(parse(""), None);
        assert_eq!(parse(&REPORT.replace("unused pools", "spare pools")), None);
        assert_eq!(parse(&REPORT.replace("367,728", "many")), None);
    }
}
