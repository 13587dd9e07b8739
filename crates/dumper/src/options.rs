//! What a dump may write, as its caller wishes.

/// How much of the values is written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum PreviewLength {
    /// Nothing of values; names of the program's own remain.
    None,
    /// 64 characters.
    #[default]
    Short,
    /// 4,096 characters.
    Full,
}

impl PreviewLength {
    /// The wish called `name`: `none`, `short` or `full`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Short, Self::Full].into_iter().find(|length| length.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Short => "short",
            Self::Full => "full",
        }
    }

    /// Characters kept of a text.
    pub fn limit(self) -> usize {
        match self {
            Self::None => 0,
            Self::Short => 64,
            Self::Full => 4096,
        }
    }
}

/// How to dump.
#[derive(Clone, Copy, Default, Debug)]
pub struct DumpOptions {
    pub previews: PreviewLength,
    /// Texts are replaced by a hash with a secret salt, the same for equal texts; numbers of more than four digits and
    /// the command line are left out.
    pub redact: bool,
    /// The file takes a quarter to a half of the bytes.
    pub compress: bool,
    /// A file of the name that is no snapshot is replaced.
    pub overwrite: bool,
}

impl DumpOptions {
    /// Whether values stay out of the file or are hidden in it; names of the program's own remain.
    pub fn hides_values(self) -> bool {
        self.redact || self.previews == PreviewLength::None
    }
}
