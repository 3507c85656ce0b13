//! The protocol's rules, each left out by one defect. That the check finds every one of them is what its passing is
//! worth.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// The scanner puts the next hint and checkpoints before it sends.
    CheckpointBeforeSend,
    /// The worker reads the job before it claims.
    ReadBeforeClaim,
    /// The API puts a hint into a bucket that may be scanned already, and sends nothing.
    HintInsideTheHorizon,
    /// The API writes the job's row before the hint.
    CommitFirst,
    /// The scanner drops a hint on an eventually consistent read.
    DropOnAStaleRead,
    /// A verdict on a message is final however young the message is.
    NoYoungMessageRule,
    /// The scanner goes on with the next instant rather than with the horizon.
    AdvanceByOne,
    /// A skip is never looked at again.
    SkipIsFinal,
    /// A worker starts its handler without looking at its lease.
    NoLeaseCheck,
}
