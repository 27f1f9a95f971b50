//! The headers that a template gives to the engine.

use std::sync::Arc;

use super::Template;
use crate::engine::header::Header;
use crate::engine::job::Headers;

/// A template's headers of one time: roll `r` has the extra-nonce `first + r`. Made by [`Template::headers`].
#[derive(Debug, Clone)]
pub struct TemplateHeaders {
    pub(super) template: Arc<Template>,
    pub(super) time: u32,
    pub(super) first: u64,
}

impl TemplateHeaders {
    /// The extra-nonce of a roll; none past the last one.
    pub fn extranonce(&self, roll: u64) -> Option<u64> {
        self.first.checked_add(roll)
    }

    /// The template.
    pub const fn template(&self) -> &Arc<Template> {
        &self.template
    }
}

impl Headers for TemplateHeaders {
    fn header(&self, roll: u64) -> Option<Header> {
        let extranonce = self.extranonce(roll)?;
        Some(self.template.header(self.time, extranonce))
    }
}
