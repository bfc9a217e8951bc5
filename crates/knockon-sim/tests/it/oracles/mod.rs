//! Holds the engine to what is known without it: closed forms, recordings of real systems, and laws
//! that hold whatever the model is.

mod brokers;
mod digests;
mod metastable;
mod play;
mod policies;
mod processor;
mod queues;
mod replicas;
mod sagas;
mod stores;
mod systems;
