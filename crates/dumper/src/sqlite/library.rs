//! The sqlite library that `_sqlite3` uses: its functions, found by name in what is already loaded.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::{MaybeUninit, transmute_copy};

use crate::cpython::{self, Raw};

/// A `sqlite3 *` or a `sqlite3_mutex *`.
type Pointer = *mut c_void;

/// Counters of a connection. <https://sqlite.org/c3ref/c_dbstatus_options.html>
const PAGES: c_int = 1;
const SCHEMAS: c_int = 2;
const STATEMENTS: c_int = 3;
const SHARE_OF_PAGES: c_int = 11;

/// Functions of sqlite. Only those that wait for no lock may be called with the GIL.
#[derive(Clone, Copy, Debug)]
pub(super) struct Library {
    mutex_of: unsafe extern "C" fn(Pointer) -> Pointer,
    try_mutex: unsafe extern "C" fn(Pointer) -> c_int,
    leave_mutex: unsafe extern "C" fn(Pointer),
    status: unsafe extern "C" fn(Pointer, c_int, *mut c_int, *mut c_int, c_int) -> c_int,
    version: unsafe extern "C" fn() -> *const c_char,
}

/// Nobody else is inside sqlite with the connection while this lives. It must end on the thread that made it.
#[derive(Debug)]
pub(super) struct Lock {
    library: Library,
    mutex: usize,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // SAFETY: a mutex that we hold.
        unsafe { (self.library.leave_mutex)(self.mutex as Pointer) };
    }
}

impl Library {
    /// The library that code of `connection_type`, an extension's own type, calls. `None` where it cannot be told,
    /// or shows no names: linked into the extension, say.
    pub(super) fn of(connection_type: Raw) -> Option<Self> {
        let mut image = MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: looks up an address among the loaded files; the names it gives live as long as these do, and no
        // extension is ever unloaded. `NOLOAD` opens nothing anew, so closing changes nothing.
        unsafe {
            if libc::dladdr(cpython::dealloc_function(connection_type) as *const _, image.as_mut_ptr()) == 0 {
                return None;
            }
            let name = image.assume_init().dli_fname;
            let flags = libc::RTLD_NOLOAD | libc::RTLD_LAZY;
            // The program itself goes by the name that it was called by.
            let found = Some(libc::dlopen(name, flags)).filter(|found| !found.is_null());
            let file = found.unwrap_or_else(|| libc::dlopen(std::ptr::null(), flags));
            let library = Self::in_file(file);
            libc::dlclose(file);
            library
        }
    }

    /// # Safety
    /// `file` must be an open library.
    unsafe fn in_file(file: *mut c_void) -> Option<Self> {
        // SAFETY: the signatures are those of sqlite3.h, the same in all versions 3.
        unsafe {
            Some(Self {
                mutex_of: symbol(file, c"sqlite3_db_mutex")?,
                try_mutex: symbol(file, c"sqlite3_mutex_try")?,
                leave_mutex: symbol(file, c"sqlite3_mutex_leave")?,
                status: symbol(file, c"sqlite3_db_status")?,
                version: symbol(file, c"sqlite3_libversion")?,
            })
        }
    }

    /// What the library calls its version.
    pub(super) fn version(&self) -> &str {
        // SAFETY: a string constant.
        unsafe { CStr::from_ptr((self.version)()) }.to_str().unwrap_or("")
    }

    /// Locks the open connection at `db` if nobody else uses it; never waits.
    pub(super) fn try_lock(&self, db: usize) -> Option<Lock> {
        // SAFETY: an open connection has a mutex as long as it lives; or none, if it was not made for threads.
        unsafe {
            let mutex = (self.mutex_of)(db as Pointer);
            let is_locked = !mutex.is_null() && (self.try_mutex)(mutex) == 0;
            is_locked.then_some(Lock { library: *self, mutex: mutex as usize })
        }
    }

    /// Bytes that closing the locked connection at `db` gives back: pages in its cache, schemas and prepared
    /// statements. What it shares with others counts by its share; shared schemas are left out.
    pub(super) fn memory(&self, db: usize) -> u64 {
        let pages = self.counter(db, PAGES);
        let share = self.counter(db, SHARE_OF_PAGES);
        let schemas = if share.is_none() || share == pages { self.counter(db, SCHEMAS) } else { None };
        let counted = [share.or(pages), schemas, self.counter(db, STATEMENTS)];
        counted.into_iter().flatten().sum()
    }

    fn counter(&self, db: usize, counter: c_int) -> Option<u64> {
        let (mut current, mut highest) = (0, 0);
        // SAFETY: an open connection, which the caller has locked.
        let status = unsafe { (self.status)(db as Pointer, counter, &raw mut current, &raw mut highest, 0) };
        // Between two and four gigabytes the sign is wrong.
        (status == 0).then_some(u64::from(current as u32))
    }
}

/// # Safety
/// `F` must be a function pointer type with the signature of the symbol, `file` an open library.
unsafe fn symbol<F: Copy>(file: *mut c_void, name: &CStr) -> Option<F> {
    const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
    // SAFETY: only reads the name.
    let (found, global) =
        unsafe { (libc::dlsym(file, name.as_ptr()), libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr())) };
    // Another library of that name may stand before the file's own where ELF files look for names.
    let is_its_own = cfg!(target_os = "macos") || global.is_null() || global == found;
    // SAFETY: the caller's promise; sizes agree.
    (!found.is_null() && is_its_own).then(|| unsafe { transmute_copy(&found) })
}
