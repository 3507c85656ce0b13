//! What a conditional write answers, whatever it writes: a writer that lost its race need not read again.

/// What came of a write that expected something of what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put<T> {
    /// It is as asked; by this write, or by an earlier try of the very same one.
    Written,
    /// The expectation does not hold. Here is what is stored, if anything is.
    Refused(Option<T>),
}

impl<T> Put<T> {
    /// The same of what `read` makes of what is stored.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn try_map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Put<U>, E> {
        Ok(match self {
            Self::Written => Put::Written,
            Self::Refused(found) => Put::Refused(found.map(read).transpose()?),
        })
    }
}
