//! Shapes: equal requirements, interned to one id for counting demand and remembering misfits.
//!
//! A Fargate job's is its size: several sizes have the same whole vCPUs.

use super::fargate::FargateSize;
use super::job_definition::Requirements;
use rustc_hash::FxHashMap;

crate::define_id! {
    /// Equal requirements, in order of first appearance.
    pub struct ShapeId = "shape";
}

/// Every shape that a run has seen.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    list: Vec<Requirements>,
    ids: FxHashMap<Requirements, ShapeId>,
    last: Option<(Requirements, ShapeId)>,
    /// Of Fargate jobs only.
    sizes: FxHashMap<ShapeId, FargateSize>,
    size_ids: FxHashMap<FargateSize, ShapeId>,
}

impl Shapes {
    /// The shape of `requirements`; equal ones have one id.
    #[inline]
    pub fn intern(&mut self, requirements: Requirements) -> ShapeId {
        // Sweeps and arrays submit one shape many times in a row.
        if let Some((last, id)) = self.last
            && last == requirements
        {
            return id;
        }
        let next = ShapeId::from_index(self.list.len());
        let id = *self.ids.entry(requirements).or_insert(next);
        if id == next {
            self.list.push(requirements);
        }
        self.last = Some((requirements, id));
        id
    }

    /// The shape of a Fargate job.
    pub fn intern_size(&mut self, size: FargateSize) -> ShapeId {
        let next = ShapeId::from_index(self.list.len());
        let id = *self.size_ids.entry(size).or_insert(next);
        if id == next {
            self.list.push(size.requirements());
            self.sizes.insert(id, size);
        }
        id
    }

    /// The size of a Fargate job of this shape; `None` when jobs of it are for EC2.
    #[must_use]
    pub fn size(&self, shape: ShapeId) -> Option<FargateSize> {
        self.sizes.get(&shape).copied()
    }

    /// What a job of this shape asks for.
    #[inline]
    #[must_use]
    pub fn get(&self, shape: ShapeId) -> Requirements {
        self.list[shape.index()]
    }

    /// The vCPUs that a job of this shape asks for, in quarters.
    #[must_use]
    pub fn quarter_vcpus(&self, shape: ShapeId) -> u32 {
        let whole = || self.get(shape).vcpus.saturating_mul(4);
        self.size(shape).map_or_else(whole, FargateSize::quarter_vcpus)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether none has been seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
