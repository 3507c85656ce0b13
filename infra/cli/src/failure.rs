//! Why a command did not do what it was asked, and the exit code that says so to scripts.

use std::io;
use std::process::ExitCode;

use thiserror::Error;

use crate::api::Problem;
use crate::show::printable;

/// How the process ends. The numbers are part of the interface: `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It is done.
    Done = 0,
    /// The API said no, or something else went wrong.
    Problem = 1,
    /// The command makes no sense as it was given.
    Usage = 2,
    /// There is no such thing.
    NotFound = 3,
    /// There is no token, or it may not do this.
    Unauthorised = 4,
    /// The API cannot be reached.
    Unreachable = 5,
    /// Some of it is done.
    Partly = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command was not carried out.
#[derive(Debug, Error)]
pub enum Failure {
    /// The API answered with a problem.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// There is no token.
    #[error(
        "there is no token: give --token or PUNCTUAL_TOKEN, or keep one with `punctual token set`"
    )]
    NoToken,
    /// The API did not answer.
    #[error("cannot reach {endpoint}: {reason}")]
    Unreachable {
        /// The API's address.
        endpoint: String,
        /// The innermost cause.
        reason: String,
    },
    /// The answer is none that this version knows.
    #[error("the API answered in a form that this version does not know: {0}")]
    Unreadable(String),
    /// Some of it was done.
    #[error("{0}")]
    Partly(String),
    /// A file, or the terminal.
    #[error("{what}: {source}")]
    Local {
        /// What was being done.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// Whatever reads the output has stopped reading, which is its right.
    #[error("nobody reads the output any more")]
    OutputClosed,
}

impl Failure {
    /// Something on this machine failed.
    pub fn local(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Local { what, source }
    }

    /// The code that the process ends with.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Problem(problem) => match problem.status {
                401 | 403 => Exit::Unauthorised,
                404 => Exit::NotFound,
                _ => Exit::Problem,
            },
            Self::Usage(_) => Exit::Usage,
            Self::NotFound(_) => Exit::NotFound,
            Self::NoToken => Exit::Unauthorised,
            Self::Unreachable { .. } => Exit::Unreachable,
            Self::Partly(_) => Exit::Partly,
            Self::Unreadable(_) | Self::Local { .. } => Exit::Problem,
            Self::OutputClosed => Exit::Done,
        }
    }

    /// Says it to the person at the terminal.
    pub fn print(&self) {
        if !matches!(self, Self::OutputClosed) {
            eprintln!("punctual: {}", printable(&self.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16) -> Failure {
        Failure::Problem(Box::new(Problem {
            status,
            ..Problem::default()
        }))
    }

    #[test]
    fn every_failure_ends_with_the_code_that_help_promises() {
        let unreachable = Failure::Unreachable {
            endpoint: String::new(),
            reason: String::new(),
        };
        for (failure, code) in [
            (problem(422), 1),
            (Failure::Usage(String::new()), 2),
            (problem(404), 3),
            (Failure::NotFound(String::new()), 3),
            (problem(401), 4),
            (problem(403), 4),
            (Failure::NoToken, 4),
            (unreachable, 5),
            (Failure::Partly(String::new()), 6),
        ] {
            assert_eq!(failure.exit() as u8, code, "{failure:?}");
        }
    }
}
