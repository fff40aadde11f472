using System;
using System.Collections.Generic;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>Calls that belong together, each with the model's inputs in its order. Where a network carries states on, the first call has their
/// first values, and in later calls the outputs of the call before stand in their place.</summary>
internal sealed record FieldSequence(IReadOnlyList<HostTensor[]> Calls)
{
    public static FieldSequence Of(params HostTensor[] inputs) => new([inputs]);
}

/// <summary>A network with real inputs and a measure of its task.</summary>
/// <param name="File">Its file; below the data folder's models, or of an npm package.</param>
/// <param name="Measure">Makes the measure.</param>
/// <param name="Inputs">Makes the inputs; at least 20 calls.</param>
internal sealed record FieldNetwork(string File, Func<TaskMeasure> Measure, Func<IEnumerable<FieldSequence>> Inputs)
{
    /// <summary>Outputs that are inputs of the next call.</summary>
    public (int Output, int Input)[] Carried { get; init; } = [];

    /// <summary>Root mean square of outputs that counts at least. A network that waits for a word says no with a share of 1e-4 as with one of 1e-8.</summary>
    public double LeastSize { get; init; }

    /// <summary>Where the file is, if not where <see cref="TestData"/> finds models.</summary>
    public string? Path { get; init; }
}
