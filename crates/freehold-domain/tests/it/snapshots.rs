//! Snapshots: when they are due, what they fit, and that a state comes back as it was.

use freehold::{EventId, SnapshotForm, prelude::*};
use proptest::{
    collection::vec,
    option,
    prelude::{Strategy, any, prop_assert_eq, proptest},
};

use crate::sample::{ParcelId, ParcelRejection};

/// A drawer whose name, state and events differ from those of another in what a test says.
macro_rules! drawer {
    ($module:ident, $name:literal, { $($field:tt)* }, { $($event:tt)* } $(, $($snapshots:tt)*)?) => {
        mod $module {
            use super::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
            pub(super) struct Drawer { $($field)* }

            #[derive(Clone, Debug, PartialEq, Event)]
            #[event(of = Drawer)]
            pub(super) enum DrawerEvent { $($event)* }

            impl Aggregate for Drawer {
                const NAME: &'static str = $name;
                type Id = ParcelId;
                type Event = DrawerEvent;
                type Rejection = ParcelRejection;

                fn begin(_: &DrawerEvent) -> Option<Self> {
                    None
                }

                fn evolve(&mut self, _: &DrawerEvent) {}

                fn snapshots() -> Snapshots<Self> {
                    Snapshots::every(10)$($($snapshots)*)?
                }
            }
        }
    };
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Label {
    text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct OtherLabel {
    text: String,
    size: i64,
}

drawer!(drawer, "post.Drawer", { pub label: Label, pub weight: Decimal }, { Opened, Closed });
drawer!(documented, "post.Drawer", {
    /// What is written on it.
    pub label: Label,
    pub weight: Decimal
}, { Closed, Opened });
drawer!(renamed, "post.Box", { pub label: Label, pub weight: Decimal }, { Opened, Closed });
drawer!(wider, "post.Drawer", { pub label: Label, pub weight: Decimal, pub width: i64 }, { Opened, Closed });
drawer!(relabelled, "post.Drawer", { pub label: OtherLabel, pub weight: Decimal }, { Opened, Closed });
drawer!(more_eventful, "post.Drawer", { pub label: Label, pub weight: Decimal }, { Opened, Closed, Burnt });
drawer!(upcast, "post.Drawer", { pub label: Label, pub weight: Decimal }, {
    Opened,
    #[event(version = 2, upcast(1 = Ok))]
    Closed,
});
drawer!(refolded, "post.Drawer", { pub label: Label, pub weight: Decimal }, { Opened, Closed }, .version(2));

fn form<A: Aggregate>() -> SnapshotForm<A> {
    A::snapshots().form().expect("it is snapshotted")
}

fn fingerprint<A: Aggregate>() -> Uuid {
    form::<A>().fingerprint()
}

#[test]
fn a_snapshot_fits_as_long_as_name_shape_events_and_version_are_the_same() {
    let own = fingerprint::<drawer::Drawer>();
    let others = [
        fingerprint::<renamed::Drawer>(),
        fingerprint::<wider::Drawer>(),
        fingerprint::<relabelled::Drawer>(),
        fingerprint::<more_eventful::Drawer>(),
        fingerprint::<upcast::Drawer>(),
        fingerprint::<refolded::Drawer>(),
    ];
    let mut all: Vec<_> = others.into_iter().chain([own]).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 7);
    assert_eq!(own, fingerprint::<drawer::Drawer>());
}

#[test]
fn a_snapshot_still_fits_when_only_words_about_it_and_orders_have_changed() {
    assert_eq!(fingerprint::<drawer::Drawer>(), fingerprint::<documented::Drawer>());
}

#[test]
fn an_aggregate_is_snapshotted_only_if_it_says_so() {
    assert!(Snapshots::<drawer::Drawer>::none().form().is_none());
    assert!(Snapshots::<drawer::Drawer>::every(0).form().is_none());
    assert!(crate::sample::Parcel::snapshots().form().is_none());
}

#[test]
fn what_was_kept_and_cannot_be_read_is_told_without_its_content() {
    let wrong = [
        (r#"{"last":"hidden"}"#, "its fields do not fit, at column 16 of their JSON"),
        ("hidden", "its fields do not fit, at column 1 of their JSON"),
        (r#"{"last":"00000000-0000-0000-0000-000000000000"}"#, "missing field `state` at line 1 column 47"),
    ];
    for (json, told) in wrong {
        let error = form::<drawer::Drawer>().decode(json).expect_err("it cannot be read");
        assert_eq!(error.to_string(), told);
    }
}

mod touchy {
    //! A drawer whose code panics.

    use freehold::__private::serde::{Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(_: &(), _: S) -> Result<S::Ok, S::Error> {
        panic!("it is touchy")
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
        panic!("it is touchy")
    }
}

drawer!(panicking, "post.Drawer", { #[serde(with = "super::touchy")] #[schemars(with = "()")] pub touchy: () }, { Opened });

#[test]
fn code_of_a_state_that_panics_is_an_error() {
    let last = EventId(Uuid::nil());
    let form = form::<panicking::Drawer>();
    assert_eq!(
        form.encode(&panicking::Drawer { touchy: () }, last).unwrap_err().to_string(),
        "its code panicked"
    );
    let kept = format!(r#"{{"last":"{last}","state":{{"touchy":null}}}}"#);
    assert_eq!(form.decode(&kept).unwrap_err().to_string(), "its code panicked");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Content {
    Nothing,
    Letters(Vec<String>),
    Anything { what: Json, since: Timestamp },
}

drawer!(full, "post.Drawer", { pub content: Option<Content>, pub weight: Decimal, pub owner: ParcelId }, { Opened });

fn json() -> impl Strategy<Value = Json> {
    let leaf = proptest::prop_oneof![
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| vec(inner, 0..4).prop_map(Json::from))
}

fn contents() -> impl Strategy<Value = Content> {
    let anything = (json(), any::<i32>())
        .prop_map(|(what, micros)| Content::Anything { what, since: Timestamp::from_micros(micros.into()) });
    let letters = vec(any::<String>(), 0..4).prop_map(Content::Letters);
    proptest::prop_oneof![proptest::prelude::Just(Content::Nothing), letters, anything]
}

fn drawers() -> impl Strategy<Value = full::Drawer> {
    let parts = (option::of(contents()), any::<i64>(), 0u32..10, any::<u128>());
    parts.prop_map(|(content, number, scale, owner)| full::Drawer {
        content,
        weight: Decimal::new(number, scale),
        owner: ParcelId::from_uuid(Uuid::from_u128(owner)),
    })
}

proptest! {
    #[test]
    fn a_state_comes_back_as_it_was(state in drawers(), last in any::<u128>()) {
        let (form, last) = (form::<full::Drawer>(), EventId(Uuid::from_u128(last)));
        prop_assert_eq!(form.decode(&form.encode(&state, last).unwrap()).unwrap(), (state, last));
    }

    #[test]
    fn a_snapshot_is_due_once_in_every_so_many_events_however_they_come(every in 1u64..30, steps in vec(1u64..40, 1..30)) {
        let form = Snapshots::<drawer::Drawer>::every(every).form().expect("it is snapshotted");
        let (mut version, mut last) = (Version::NONE, Version::NONE);
        for step in steps {
            version = Version(version.0 + step);
            if form.is_due(last, version) {
                last = version;
            }
            prop_assert_eq!(version.0 / every, last.0 / every);
        }
    }
}
