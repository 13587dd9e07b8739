//! Which loaded file, executable or library, an address belongs to.

#[cfg(target_os = "linux")]
use std::ffi::{c_int, c_void};
#[cfg(target_os = "linux")]
use std::ops::Range;
#[cfg(target_os = "linux")]
use std::sync::OnceLock;

/// Whether `address` lies in the executable or in the loaded file that `known` lies in; `known` is the same in every
/// call. An executable that is not position-independent may hold copies of a library's variables. O(1) after the first.
#[cfg(target_os = "linux")]
pub(super) fn is_in_program_or_with(address: usize, known: usize) -> bool {
    static SEGMENTS: OnceLock<Vec<Range<usize>>> = OnceLock::new();
    SEGMENTS.get_or_init(|| segments(known)).iter().any(|segment| segment.contains(&address))
}

/// Elsewhere nobody is asked, and all files count as one.
#[cfg(not(target_os = "linux"))]
pub fn is_in_program_or_with(_address: usize, _known: usize) -> bool {
    true
}

/// The segments of the executable, which comes first, and of the loaded file that `known` lies in.
#[cfg(target_os = "linux")]
fn segments(known: usize) -> Vec<Range<usize>> {
    struct Search {
        known: usize,
        is_first: bool,
        found: Vec<Range<usize>>,
    }
    unsafe extern "C" fn visit(file: *mut libc::dl_phdr_info, _: usize, search: *mut c_void) -> c_int {
        // SAFETY: the C library passes a file that is loaded, and our own search.
        let (file, search) = unsafe { (&*file, &mut *search.cast::<Search>()) };
        // SAFETY: as above; the headers stay as long as the file.
        let headers = unsafe { std::slice::from_raw_parts(file.dlpi_phdr, usize::from(file.dlpi_phnum)) };
        let loaded = headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
        let segments = loaded.map(|header| {
            let start = file.dlpi_addr as usize + header.p_vaddr as usize;
            start..start + header.p_memsz as usize
        });
        let segments: Vec<_> = segments.collect();
        if std::mem::take(&mut search.is_first)
            || segments.iter().any(|segment| segment.contains(&search.known))
        {
            search.found.extend(segments);
        }
        0
    }
    let mut search = Search { known, is_first: true, found: Vec::new() };
    // SAFETY: the callback is given the search, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut search).cast()) };
    search.found
}
