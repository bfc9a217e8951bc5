//! Ids: typed indexes into the lists of a system.

macro_rules! index_type {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The id of the element at `index` of its list.
            ///
            /// # Panics
            /// When the index does not fit 32 bits; readers refuse systems of that size long before.
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("fewer than 2^32 elements"))
            }

            /// Where the element is in its list.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

index_type!(
    /// Names a [`Service`](crate::Service) of one [`System`](crate::System).
    ServiceId;
    /// Names a [`Team`](crate::Team) of one [`System`](crate::System).
    TeamId;
    /// Names a [`Runbook`](crate::Runbook) of one [`System`](crate::System).
    RunbookId;
    /// Names a [`Cohort`](crate::Cohort) of one [`System`](crate::System).
    CohortId;
    /// Names a [`Step`](crate::Step) of one [`System`](crate::System), in the order of the model.
    StepId;
);

macro_rules! member_type {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// The service it is part of.
            pub service: ServiceId,
            index: u32,
        }

        impl $name {
            /// The id of the element at `index` of its list in a service.
            ///
            /// # Panics
            /// When the index does not fit 32 bits; readers refuse systems of that size long before.
            pub fn new(service: ServiceId, index: usize) -> Self {
                let index = u32::try_from(index).expect("fewer than 2^32 elements");
                Self { service, index }
            }

            /// Where the element is in its list in the service.
            pub fn index(self) -> usize {
                self.index as usize
            }
        }
    )+};
}

member_type!(
    /// Names an [`Operation`](crate::Operation).
    OperationId;
    /// Names a [`Query`](crate::Query) of a database.
    QueryId;
    /// Names a [`CacheEntry`](crate::CacheEntry) of a cache.
    CacheEntryId;
    /// Names a [`Queue`](crate::Queue) of a broker.
    QueueId;
    /// Names a [`Topic`](crate::Topic) of a broker.
    TopicId;
    /// Names a [`StateMachine`](crate::StateMachine) of a service.
    MachineId;
);
