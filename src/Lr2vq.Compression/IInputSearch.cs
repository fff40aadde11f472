using System.Collections.Generic;

namespace Lr2vq.Compression;

/// <summary>Compresses by what inputs make of the values inside of a network.</summary>
internal interface IInputSearch
{
    /// <summary>At most so many bytes.</summary>
    /// <returns>With what the gate measured; null for nothing better.</returns>
    CompressionResult? ForBytes(long bytes);

    /// <summary>As small as the gate lets pass.</summary>
    /// <param name="effects">Of the tensors that lose something.</param>
    /// <param name="mostUnlikely">Most of <see cref="OutputMeasure.UnlikelyShare"/>.</param>
    /// <returns>With what the gate measured; null if nothing passes, or it would take too long.</returns>
    CompressionResult? ForGate(IReadOnlyList<TensorEffect> effects, double mostUnlikely);
}

/// <summary>What a tensor alone does to the outputs.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Change">Square of the share of what is allowed.</param>
/// <param name="Step">The step, or one of the same error, that does it.</param>
/// <param name="Spec">What was decided about the tensor because of it.</param>
/// <param name="DecidedStep">The step of that; 0 where it has none.</param>
internal readonly record struct TensorEffect(int Tensor, double Change, double Step, TensorSpec Spec, double DecidedStep);
