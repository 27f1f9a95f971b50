//! Opens the source that was asked for.

use std::path::Path;
use std::sync::Arc;

use super::asked::Asked;
use crate::cli::MineArgs;
use crate::commands::Failure;
use crate::work::{JobIds, Source, Teller};

/// Starts it. `state`: where found blocks are kept.
pub(super) fn start(
    asked: &Asked,
    _args: &MineArgs,
    _state: &Path,
    _ids: Arc<JobIds>,
    _teller: Teller,
) -> Result<Box<dyn Source>, Failure> {
    Err(Failure::Run(format!(
        "{:?} cannot be mined on yet",
        asked.kind()
    )))
}
