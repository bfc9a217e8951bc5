//! One line for a key: what makes a table, its reader and its writer of the same text.

use knockon_core::System;

use crate::context::Context;
use crate::keys::{Key, Table};
use crate::reader::{Body, Field};
use crate::write::Yaml;

/// How values of one form are read and written.
pub(crate) trait Codec {
    /// What is read.
    type Out;
    /// What it looks like.
    const FORM: crate::keys::Form;
    /// Reads a value; `None` when it is wrong, which was then told.
    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Self::Out>;
    /// Writes a value so that it reads back to the same.
    fn write(value: &Self::Out, system: &System) -> Yaml;
}

/// A mapping with a table of keys.
pub(crate) trait Record: Sized {
    /// Its keys.
    const TABLE: Table;
    /// Reads all its keys; `None` when one is wrong or missing, which was then told.
    fn read(body: &Body<'_>, cx: &mut Context<'_>) -> Option<Self>;
    /// Writes the keys that say something.
    fn write(&self, system: &System) -> Vec<(String, Yaml)>;
}

/// The table of a record, as tables refer to each other.
pub(crate) const fn table<R: Record>() -> &'static Table {
    const { &R::TABLE }
}

impl Body<'_> {
    pub(crate) fn required<C: Codec>(&self, name: &str, cx: &mut Context<'_>) -> Option<C::Out> {
        C::read(self.field(name)?, cx)
    }

    #[expect(clippy::option_option, reason = "wrong, absent, and there are three things")]
    pub(crate) fn optional<C: Codec>(
        &self,
        name: &str,
        cx: &mut Context<'_>,
    ) -> Option<Option<C::Out>> {
        match self.field(name) {
            None => Some(None),
            Some(field) => C::read(field, cx).map(Some),
        }
    }

    pub(crate) fn several<C: Codec>(&self, name: &str, cx: &mut Context<'_>) -> Option<C::Out>
    where
        C::Out: Default,
    {
        Some(self.optional::<C>(name, cx)?.unwrap_or_default())
    }

    pub(crate) fn or_default<C: Codec>(
        &self,
        key: &'static Key,
        default: &str,
        cx: &mut Context<'_>,
    ) -> Option<C::Out> {
        match self.field(key.name) {
            Some(field) => C::read(field, cx),
            None => C::read(Field::of_default(key, &crate::reader::default_node(default)), cx),
        }
    }
}

/// Reads a record and writes it: `field [as "key"]: Codec, need [(value)], "example", "meaning"
/// [, [names elsewhere]];` for each key.
macro_rules! record {
    ($(#[$doc:meta])* $core:ty: $of:literal, $about:literal $(, short $short:literal)?
        $(, also $also:ty)? $(, named $named:ident)? {
        $($field:ident $(as $name:literal)?: $codec:ty, $need:ident $(($value:literal))?,
            $example:literal, $meaning:literal $(, $elsewhere:expr)?;)*
    }) => {
        $(#[$doc])*
        impl $crate::record::Record for $core {
            const TABLE: $crate::keys::Table = $crate::keys::Table {
                of: $of,
                about: $about,
                short: record!(@first $(Some($short),)? None),
                keys: &[$($crate::keys::Key {
                    name: record!(@first $($name,)? stringify!($field)),
                    about: $meaning,
                    form: <$codec as $crate::record::Codec>::FORM,
                    need: record!(@need $need $(($value))?),
                    example: $example,
                    elsewhere: record!(@first $(&$elsewhere,)? &[]),
                },)*],
                also: record!(@first $(Some($crate::record::table::<$also>()),)? None),
            };

            #[allow(unused_variables, reason = "tables without keys of some needs")]
            fn read(
                body: &$crate::reader::Body<'_>,
                cx: &mut $crate::context::Context<'_>,
            ) -> Option<Self> {
                $(let $field = record!(@read body cx
                    record!(@first $($name,)? stringify!($field)), $codec, $need $(($value))?);)*
                Some(Self { $($named: body.name().to_owned(),)? $($field: $field?,)* })
            }

            #[allow(
                unused_variables,
                clippy::vec_init_then_push,
                reason = "tables without references, and of a single key"
            )]
            fn write(
                &self,
                system: &knockon_core::System,
            ) -> Vec<(String, $crate::write::Yaml)> {
                let mut entries = Vec::new();
                $(record!(@write self system entries $field
                    record!(@first $($name,)? stringify!($field)), $codec, $need $(($value))?);)*
                entries
            }
        }
    };

    (@first $first:expr $(, $rest:expr)* $(,)?) => { $first };

    (@need required) => { $crate::keys::Need::Required };
    (@need optional) => { $crate::keys::Need::Optional };
    (@need several) => { $crate::keys::Need::Optional };
    (@need default($value:literal)) => { $crate::keys::Need::Default($value) };
    (@need derived($value:literal)) => { $crate::keys::Need::Derived($value) };

    (@read $body:ident $cx:ident $name:expr, $codec:ty, required) => {
        $body.required::<$codec>($name, $cx)
    };
    (@read $body:ident $cx:ident $name:expr, $codec:ty, optional) => {
        $body.optional::<$codec>($name, $cx)
    };
    (@read $body:ident $cx:ident $name:expr, $codec:ty, derived($value:literal)) => {
        $body.optional::<$codec>($name, $cx)
    };
    (@read $body:ident $cx:ident $name:expr, $codec:ty, several) => {
        $body.several::<$codec>($name, $cx)
    };
    (@read $body:ident $cx:ident $name:expr, $codec:ty, default($value:literal)) => {
        match $crate::record::table::<Self>().key($name) {
            Some(key) => $body.or_default::<$codec>(key, $value, $cx),
            None => None,
        }
    };

    (@write $self:ident $system:ident $out:ident $field:ident $name:expr, $codec:ty, required) => {
        $out.push(($name.to_owned(),
            <$codec as $crate::record::Codec>::write(&$self.$field, $system)));
    };
    (@write $self:ident $system:ident $out:ident $field:ident $name:expr, $codec:ty, optional) => {
        if let Some(value) = &$self.$field {
            $out.push(($name.to_owned(),
                <$codec as $crate::record::Codec>::write(value, $system)));
        }
    };
    (@write $self:ident $system:ident $out:ident $field:ident $name:expr, $codec:ty,
        derived($value:literal)) => {
        record!(@write $self $system $out $field $name, $codec, optional);
    };
    (@write $self:ident $system:ident $out:ident $field:ident $name:expr, $codec:ty, several) => {
        let value = <$codec as $crate::record::Codec>::write(&$self.$field, $system);
        if !value.is_empty() {
            $out.push(($name.to_owned(), value));
        }
    };
    (@write $self:ident $system:ident $out:ident $field:ident $name:expr, $codec:ty,
        default($value:literal)) => {
        let value = <$codec as $crate::record::Codec>::write(&$self.$field, $system);
        if !value.is($value) {
            $out.push(($name.to_owned(), value));
        }
    };
}

pub(crate) use record;
