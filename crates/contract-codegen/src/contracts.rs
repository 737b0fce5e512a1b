//! The contracts that a crate is generated from.

use crate::asyncapi::{EventContract, ReadEvents};
use crate::{AsyncApi, Language, OpenApi, Refusals, Source, Warning};

/// An HTTP contract, an event contract, or both, read and held against each other.
#[derive(Debug)]
pub struct Contracts {
    language: Language,
    openapi: (Option<Source>, OpenApi),
    asyncapi: (Option<Source>, AsyncApi),
    events: Option<ReadEvents>,
    warnings: Vec<Warning>,
}

impl Contracts {
    /// Reads the contracts that there are and holds them against the rules of `language`.
    pub fn read(
        openapi: impl Into<Option<Source>>,
        asyncapi: impl Into<Option<Source>>,
        language: Language,
    ) -> Result<Self, Refusals> {
        let (openapi_source, asyncapi_source) = (openapi.into(), asyncapi.into());
        let mut warnings = Vec::new();
        let (asyncapi, events) = match (&asyncapi_source, language) {
            (None, _) => (AsyncApi::default(), None),
            (Some(source), Language::Service) => (AsyncApi::read(source)?, None),
            (Some(source), Language::Plain) => {
                let mut events = EventContract::read(source)?;
                warnings.append(&mut events.warnings);
                (AsyncApi::default(), Some(events))
            }
        };
        let openapi = match (&openapi_source, language) {
            (None, _) => OpenApi::default(),
            (Some(source), Language::Service) => {
                // Without an event contract there are no messages, so nothing is said of where they stand.
                OpenApi::read_service(source, &asyncapi, asyncapi_source.as_ref().unwrap_or(source))?
            }
            (Some(source), Language::Plain) => {
                let (openapi, found) = OpenApi::read_plain(source)?;
                warnings.extend(found);
                openapi
            }
        };
        Ok(Self {
            language,
            openapi: (openapi_source, openapi),
            asyncapi: (asyncapi_source, asyncapi),
            events,
            warnings,
        })
    }

    /// The rules under which they were read.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The HTTP contract; one without operations where there is none.
    #[must_use]
    pub fn openapi(&self) -> &OpenApi {
        &self.openapi.1
    }

    /// The document of the HTTP contract, where there is one.
    #[must_use]
    pub fn openapi_source(&self) -> Option<&Source> {
        self.openapi.0.as_ref()
    }

    /// The event contract; one without messages where there is none.
    #[must_use]
    pub fn asyncapi(&self) -> &AsyncApi {
        &self.asyncapi.1
    }

    /// The event contract of a language without rules of its own, where there is one.
    #[must_use]
    pub fn events(&self) -> Option<&ReadEvents> {
        self.events.as_ref()
    }

    /// The document of the event contract, where there is one.
    #[must_use]
    pub fn asyncapi_source(&self) -> Option<&Source> {
        self.asyncapi.0.as_ref()
    }

    /// What is shown only, though a reader of the contracts may expect more of it.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}
