using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;

namespace Lr2vq.Compression;

/// <summary>Measures what encoded weights do to the outputs of their network.</summary>
internal interface IOutputGate
{
    /// <summary>What <see cref="Measure"/> will tell, with its numbers missing: how many bytes it takes is known before anything is encoded.</summary>
    IReadOnlyList<OutputChange> Unmeasured { get; }

    /// <param name="tensors">All weights, in the order of the Plan.</param>
    OutputMeasure Measure(IReadOnlyList<EncodedTensor> tensors);

    /// <summary>What tensors do alone, everything else as the original has it.</summary>
    /// <param name="tensors">Indices of the tensors.</param>
    /// <param name="readers">For each the weights that have its bytes.</param>
    /// <param name="encoded">All weights.</param>
    /// <returns>For each the square of the largest share of what is allowed (<see cref="OutputMeasure.Shares"/>), the mean over some samples; null if it
    /// would take too long.</returns>
    double[]? MeasureAlone(IReadOnlyList<int> tensors, IReadOnlyList<int[]> readers, IReadOnlyList<EncodedTensor> encoded);
}

/// <summary>What a gate measured.</summary>
/// <param name="Changes">For each output.</param>
/// <param name="Shares">For each output its change as a share of what is allowed, to two digits; above 1 is too much.</param>
/// <param name="Limits">For each output the change that is allowed.</param>
internal sealed record OutputMeasure(IReadOnlyList<OutputChange> Changes, IReadOnlyList<double> Shares, IReadOnlyList<double> Limits)
{
    /// <summary>The largest share.</summary>
    public double Share => Shares.Count == 0 ? 0 : Shares.Max();

    /// <summary>Names of outputs that jump where a value is chosen: of a peak, a class, a place.</summary>
    public IReadOnlyCollection<string> Jumping { get; init; } = [];

    /// <summary>The largest share for inputs that the network may be made for, though it seems not to be; 0 if there are none. Half more is allowed there.</summary>
    public double UnlikelyShare { get; init; }

    /// <summary>The output that has it.</summary>
    public int UnlikelyOutput { get; init; }

    /// <summary>Such inputs are not unlikely at all.</summary>
    public bool IsRangeOpen { get; init; }

    /// <summary>What share of the limit is allowed for such inputs.</summary>
    public const double UnlikelyAllowed = 1.5;
}
