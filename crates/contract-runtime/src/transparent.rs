//! Types that are another type under a name of the contract.

/// Implements a struct around a single value, which JSON does not see.
#[macro_export]
#[doc(hidden)]
macro_rules! transparent {
    ($type:ident($inner:ty)) => {
        impl ::std::ops::Deref for $type {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                &self.0
            }
        }

        impl ::std::convert::From<$inner> for $type {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl $crate::export::serde::Serialize for $type {
            fn serialize<S: $crate::export::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::export::serde::Serialize::serialize(&self.0, serializer)
            }
        }

        impl<'de> $crate::export::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::export::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::export::serde::Deserialize::deserialize(deserializer).map(Self)
            }
        }
    };
}
