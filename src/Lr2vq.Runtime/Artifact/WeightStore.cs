using System;
using System.Collections.Generic;
using Lr2vq.Codecs;
using Lr2vq.Memory;
using Lr2vq.Plans;

namespace Lr2vq.Artifacts;

/// <summary>The Plan of a network and its weights: an artifact, or weights in memory that no file has yet.</summary>
internal abstract class WeightStore : IDisposable
{
    /// <summary>What messages call it.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of everything.</summary>
    public abstract long Length { get; }

    public abstract Plan Plan { get; }

    /// <summary>In the order of their steps; empty if all is left to the run time.</summary>
    public abstract IReadOnlyList<StepForms> Forms { get; }

    /// <summary>A weight by its name; null if there is none.</summary>
    public abstract TensorEntry? Find(string name);

    /// <summary>Where the bytes of a tensor lie.</summary>
    /// <param name="entry">The tensor.</param>
    /// <param name="arena">Where a codec puts what it expands.</param>
    public abstract TensorPayload Payload(TensorEntry entry, NativeArena arena);

    public abstract void Dispose();
}
