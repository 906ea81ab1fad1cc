//! Views over events of other contexts: what is published, and nothing else.

use freehold::{
    DecodeError, EventType, RawEvent,
    app::{Context, Host, StartError},
    memory::Memory,
    prelude::*,
};

use crate::{
    bank::{AccountEvent, AccountId, Deposit, context, open},
    service::clerk,
};

/// What another context knows of an account.
#[derive(Clone, Debug, PartialEq, Row)]
#[row(name = "credit.Customer", table = "customers")]
struct Customer {
    #[row(key)]
    account: AccountId,
    name: String,
}

#[derive(EventSet)]
enum Fact {
    Account(Published<AccountEvent>),
}

impl View for Customer {
    type Event = Fact;

    fn key(event: &Recorded<Fact>) -> Option<AccountId> {
        Some(AccountId::from_uuid(event.stream.id()))
    }

    fn evolve(row: Option<Self>, event: &Recorded<Fact>) -> Option<Self> {
        match &event.event {
            Fact::Account(Published(AccountEvent::Opened { owner, .. })) => {
                Some(Self { account: AccountId::from_uuid(event.stream.id()), name: owner.clone() })
            }
            Fact::Account(_) => panic!("nothing else is published, and {row:?} would change"),
        }
    }
}

/// One that asks for everything.
#[derive(Clone, Row)]
#[row(name = "credit.Spy", table = "spies")]
struct Spy {
    #[row(key)]
    account: AccountId,
}

impl View for Spy {
    type Event = AccountEvent;

    fn key(_: &Recorded<AccountEvent>) -> Option<AccountId> {
        None
    }

    fn evolve(row: Option<Self>, _: &Recorded<AccountEvent>) -> Option<Self> {
        row
    }
}

/// One that asks for what nothing is published of.
#[derive(Clone, Row)]
#[row(name = "credit.Idler", table = "idlers")]
struct Idler {
    #[row(key)]
    account: AccountId,
}

/// What `Published` is of an aggregate that publishes nothing.
struct Nothing;

impl EventSet for Nothing {
    fn sources() -> Vec<(&'static str, Vec<EventType>)> {
        vec![("bank.Vault", Vec::new())]
    }

    fn decode_from(_: &str, _: &RawEvent) -> Option<Result<Self, DecodeError>> {
        None
    }
}

impl View for Idler {
    type Event = Nothing;

    fn key(_: &Recorded<Nothing>) -> Option<AccountId> {
        None
    }

    fn evolve(row: Option<Self>, _: &Recorded<Nothing>) -> Option<Self> {
        row
    }
}

#[derive(Clone, Debug, Query)]
#[query(one = Customer, roles("clerk"))]
struct GetCustomer {
    account: AccountId,
}

impl Ask for GetCustomer {
    fn select(self) -> Select<Customer> {
        Select::by_key(self.account)
    }
}

#[tokio::test]
async fn a_view_takes_in_what_another_context_publishes() {
    let credit = Context::new("credit").view::<Customer>();
    let host = Host::builder(Memory::new()).context(context()).context(credit).start().await.unwrap();
    let application = host.application();
    let id = application.commands.create(clerk(), open("Anna")).await.unwrap().id;
    application.commands.send(clerk(), id, Deposit { amount: 1 }).await.unwrap();
    application.caught_up().await.unwrap();
    let found = application.queries.ask(clerk(), GetCustomer { account: id }).await.unwrap().unwrap();
    assert_eq!(found.row, Customer { account: id, name: "Anna".to_owned() });
    host.stop().await;
}

#[tokio::test]
async fn a_view_that_asks_another_context_for_more_is_refused() {
    let credit = Context::new("credit").view::<Spy>();
    let error = Host::builder(Memory::new()).context(context()).context(credit).start().await.err().unwrap();
    assert!(matches!(error, StartError::Unpublished { view: "credit.Spy", .. }));
    assert_eq!(
        error.to_string(),
        "`credit.Spy` takes in `Deposited` of `bank.Account`, which does not leave its context: mark it \
         `#[event(published)]` there, or take `Published<..>` of its events, which leaves out what is not"
    );
}

#[tokio::test]
async fn a_view_that_asks_for_nothing_is_refused() {
    let credit = Context::new("credit").view::<Idler>();
    let error = Host::builder(Memory::new()).context(credit).start().await.err().unwrap();
    assert!(matches!(error, StartError::Idle("credit.Idler")), "{error}");
}
