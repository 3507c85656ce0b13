//! Asking before something is destroyed or done to many. Where nobody can be asked, nothing is done without `--yes`.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::Failure;

/// Who agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// The user agreed beforehand.
    Given,
    /// The user is asked.
    Asked,
    /// There is nobody to ask.
    Nobody,
}

impl Consent {
    /// By `--yes`, and by who sits at the standard input.
    pub fn new(yes: bool) -> Self {
        if yes {
            Self::Given
        } else if io::stdin().is_terminal() {
            Self::Asked
        } else {
            Self::Nobody
        }
    }

    /// Says what will be done, and goes on only if that is agreed to.
    ///
    /// # Errors
    /// If it is not.
    pub fn to(self, what: &str) -> Result<(), Failure> {
        match self {
            Self::Given => Ok(()),
            Self::Nobody => Err(Failure::Usage(format!(
                "{what} Nobody can be asked here: --yes agrees to it"
            ))),
            Self::Asked => {
                eprint!("{what} Go on? [y/N] ");
                let _ = io::stderr().flush();
                let mut answer = String::new();
                let read = io::stdin().lock().read_line(&mut answer);
                read.map_err(Failure::local("the answer"))?;
                if means_yes(&answer) {
                    Ok(())
                } else {
                    Err(Failure::Usage("nothing was done".to_owned()))
                }
            }
        }
    }
}

fn means_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answer, yes) in [
            ("y\n", true),
            (" YES \n", true),
            ("", false),
            ("\n", false),
            ("yep\n", false),
        ] {
            assert_eq!(means_yes(answer), yes, "{answer:?}");
        }
    }

    #[test]
    fn where_nobody_can_be_asked_nothing_is_done_without_consent() {
        assert!(Consent::Given.to("Deletes a job.").is_ok());
        let refused = Consent::Nobody.to("Deletes a job.").unwrap_err();
        assert!(refused.to_string().contains("--yes"), "{refused}");
    }
}
