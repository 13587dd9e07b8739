//! The numpy that is loaded: which types are its very own, and how its structs lie in memory.
//!
//! numpy's C API says both: a table of addresses, the same in all versions, and the version of the binary interface,
//! on which all extensions that use numpy rely. A name proves nothing: any extension may make a dtype of its own.

use std::ffi::{c_int, c_uint, c_void};

use pyo3::ffi::{self, PyObject};

use super::dtype::{self, Layout};
use super::numpy;
use crate::cpython::{self, Facts, Raw};
use crate::modules;

/// The extension module, in numpy 2 and in numpy 1.
const MODULES: [&str; 2] = ["numpy._core._multiarray_umath", "numpy.core._multiarray_umath"];

// Places in the table that the module's capsule points at:
// https://github.com/numpy/numpy/blob/main/numpy/_core/code_generators/numpy_api.py
const VERSION_FUNCTION: isize = 0;
const ARRAY_TYPE: isize = 2;
const DTYPE_TYPE: isize = 3;
const DTYPE_FUNCTION: isize = 45;

/// Since numpy 2.
const TEXT_TYPE: isize = 359;

const VERSION_1: c_uint = 0x0100_0009;
const VERSION_2: c_uint = 0x0200_0000;

/// The dtypes that each numpy has had, by their numbers.
const BUILTIN_DTYPES: usize = 24;
const OBJECT: usize = 17;
const VOID: usize = 20;
/// A dtype whose numbers are known, for the self-test: 64 bits.
const DOUBLE: usize = 12;

/// What is known of the loaded numpy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Numpy {
    /// `numpy.ndarray`.
    pub array_type: Raw,
    /// `numpy.dtype`, the base of all dtypes.
    pub dtype_type: Raw,
    /// `StringDType`, since numpy 2.
    pub text_type: Option<Raw>,
    pub layout: &'static Layout,
    /// The classes of the builtin dtypes by their numbers; before numpy 1.20 all are `numpy.dtype`.
    builtin_classes: [usize; BUILTIN_DTYPES],
}

/// What a dtype's items are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Items {
    /// References to objects.
    Objects,
    /// Records, subarrays or plain bytes.
    Records,
    /// Numbers, texts of a fixed width, dates: the builtin dtype of this number.
    Plain(usize),
    /// Texts that lie elsewhere.
    Texts,
    /// Only the class that made the dtype knows.
    Unknown,
}

impl Numpy {
    /// The numpy of this process; `None` where none is loaded, or one with another binary interface. Runs no Python
    /// code; the world must stand still. O(modules).
    pub(crate) fn loaded(facts: &Facts) -> Option<Self> {
        let contents = MODULES.iter().find_map(|name| modules::contents(facts, name))?;
        let entry = |name| modules::entry(facts, contents, name);
        let own_type = |found: Option<Raw>, name: &str| {
            found.filter(|found| {
                cpython::flags(cpython::type_of(*found)).has(cpython::Flags::TYPE_SUBCLASS)
                    && cpython::is_named_by_extension(facts, *found)
                    && cpython::c_name(*found) == name
            })
        };
        let array_type = own_type(entry("ndarray"), numpy::ARRAY)?;
        let dtype_type = own_type(entry("dtype"), dtype::DTYPE)?;
        let table = Table::of(entry("_ARRAY_API")?)?;
        // Whoever put another capsule in its place has not put these addresses there.
        if table.address(ARRAY_TYPE) != array_type.address()
            || table.address(DTYPE_TYPE) != dtype_type.address()
        {
            return None;
        }
        let version = table.version();
        let layout = match version {
            VERSION_1 => &dtype::NUMPY_1,
            VERSION_2 => &dtype::NUMPY_2,
            _ => return None,
        };
        let mut numpy = Self {
            array_type,
            dtype_type,
            text_type: own_type(entry("StringDType"), dtype::TEXTS)
                .filter(|found| version == VERSION_2 && table.address(TEXT_TYPE) == found.address()),
            layout,
            builtin_classes: [0; BUILTIN_DTYPES],
        };
        for number in 0..BUILTIN_DTYPES {
            numpy.builtin_classes[number] = table.class_of(number)?.address();
        }
        let is_sound = numpy::is_sound(array_type)
            && cpython::sizes(dtype_type).0 == layout.base_size
            && table.with_dtype(DOUBLE, |double| {
                numpy.items(double) == Items::Plain(DOUBLE) && numpy.item_size(double) == Some(8)
            })?
            && table.with_dtype(OBJECT, |object| {
                numpy.items(object) == Items::Objects && numpy.holds_references(object)
            })?;
        is_sound.then_some(numpy)
    }

    /// Whether `object` is a dtype.
    pub(crate) fn is_dtype(&self, object: Raw) -> bool {
        cpython::base_chain(cpython::type_of(object)).any(|base| base == self.dtype_type)
    }

    /// Whether dtypes of this class end as those that numpy always had do: with fields, names and subarray.
    pub(crate) fn is_builtin_class(&self, class: Raw) -> bool {
        self.builtin_classes.contains(&class.address())
    }

    /// What the items of `dtype` are.
    pub(crate) fn items(&self, dtype: Raw) -> Items {
        let class = cpython::type_of(dtype);
        if self.text_type == Some(class) {
            return Items::Texts;
        }
        let number = usize::try_from(dtype::number(dtype)).unwrap_or(usize::MAX);
        match self.builtin_classes.get(number) {
            Some(known) if *known == class.address() => match number {
                OBJECT => Items::Objects,
                VOID => Items::Records,
                _ => Items::Plain(number),
            },
            _ => Items::Unknown,
        }
    }
}

/// The table of addresses behind numpy's capsule.
#[derive(Clone, Copy)]
struct Table(Raw);

impl Table {
    fn of(capsule: Raw) -> Option<Self> {
        // SAFETY: both look at the object's own type and fields; numpy's capsule has no name.
        unsafe {
            if ffi::PyCapsule_IsValid(capsule.as_ptr(), std::ptr::null()) == 0 {
                return None;
            }
            Raw::new(ffi::PyCapsule_GetPointer(capsule.as_ptr(), std::ptr::null()) as usize).map(Self)
        }
    }

    fn address(self, place: isize) -> usize {
        self.0.field(place * size_of::<*const c_void>() as isize)
    }

    fn version(self) -> c_uint {
        let function: unsafe extern "C" fn() -> c_uint = self.function(VERSION_FUNCTION);
        // SAFETY: returns a constant.
        unsafe { function() }
    }

    fn class_of(self, number: usize) -> Option<Raw> {
        self.with_dtype(number, cpython::type_of)
    }

    /// What `look` says of the builtin dtype of this number.
    fn with_dtype<T>(self, number: usize, look: impl FnOnce(Raw) -> T) -> Option<T> {
        let function: unsafe extern "C" fn(c_int) -> *mut PyObject = self.function(DTYPE_FUNCTION);
        // SAFETY: gives a new reference to one of the objects that numpy made when it was loaded and never frees.
        unsafe {
            let dtype = function(number as c_int);
            let answer = Raw::new(dtype as usize).map(look);
            ffi::Py_XDECREF(dtype);
            if answer.is_none() {
                ffi::PyErr_Clear();
            }
            answer
        }
    }

    fn function<F: Copy>(self, place: isize) -> F {
        const { assert!(size_of::<F>() == size_of::<*const c_void>()) };
        self.0.field(place * size_of::<F>() as isize)
    }
}
