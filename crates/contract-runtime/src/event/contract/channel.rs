//! Channels and the parameters of their addresses.

use super::{EventMessage, EventServer, Expression};
use crate::Literal;

/// A channel.
#[derive(Debug)]
pub struct EventChannel {
    /// Its key.
    pub key: &'static str,
    /// Its address, with parameters in braces; none where it is not known before run time.
    pub address: Option<&'static str>,
    /// `title`
    pub title: Option<&'static str>,
    /// `summary`
    pub summary: Option<&'static str>,
    /// `description`
    pub description: Option<&'static str>,
    /// The names of its tags.
    pub tags: &'static [&'static str],
    /// The servers on which it is.
    pub servers: &'static [&'static EventServer],
    /// The parameters of its address.
    pub parameters: &'static [EventParameter],
    /// Its messages, each with its key in this channel.
    pub messages: &'static [(&'static str, &'static EventMessage)],
    /// What the contract says for the protocol.
    pub bindings: Option<Literal>,
}

impl EventChannel {
    /// A channel of which the contract says no more.
    #[must_use]
    pub const fn new(key: &'static str) -> Self {
        Self {
            key,
            address: None,
            title: None,
            summary: None,
            description: None,
            tags: &[],
            servers: &[],
            parameters: &[],
            messages: &[],
            bindings: None,
        }
    }

    /// The address with these values in the place of its parameters. Text in braces that is no parameter stays as it is.
    #[must_use]
    pub fn address_with(&self, values: &[(&str, &str)]) -> String {
        let mut rest = self.address.unwrap_or_default();
        let mut address = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once('{') {
            address.push_str(before);
            let named = after.split_once('}').and_then(|(name, after)| {
                let (_, value) = values.iter().find(|(known, _)| *known == name)?;
                Some((value, after))
            });
            rest = if let Some((value, after)) = named {
                address.push_str(value);
                after
            } else {
                address.push('{');
                after
            };
        }
        address.push_str(rest);
        address
    }
}

/// A parameter of a channel's address.
#[derive(Debug)]
pub struct EventParameter {
    /// Its name.
    pub name: &'static str,
    /// `description`
    pub description: Option<&'static str>,
    /// Its values, where not every text is one.
    pub values: &'static [&'static str],
    /// `default`
    pub default: Option<&'static str>,
    /// `examples`
    pub examples: &'static [&'static str],
    /// Where in a message its value is.
    pub location: Option<Expression>,
}

impl EventParameter {
    /// A parameter of which the contract says no more.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            description: None,
            values: &[],
            default: None,
            examples: &[],
            location: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(address: &'static str) -> EventChannel {
        EventChannel {
            address: Some(address),
            ..EventChannel::new("c")
        }
    }

    #[test]
    fn values_stand_in_the_place_of_parameters() {
        let address = |text, values: &[(&str, &str)]| channel(text).address_with(values);
        assert_eq!(address("a/{b}/{c}/{b}", &[("b", "1"), ("c", "{b}")]), "a/1/{b}/1");
        assert_eq!(address("a/{other}/{b", &[("b", "1")]), "a/{other}/{b");
        assert_eq!(address("{b}", &[("b", "")]), "");
    }
}
