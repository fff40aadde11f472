namespace Lr2vq.Conformance;

/// <summary>A network against ONNX Runtime.</summary>
/// <param name="Name">The file.</param>
/// <param name="MaxRelError">Largest difference ÷ the largest output, over outputs and inputs; −1 where it was not run.</param>
/// <param name="Inputs">Shapes that it was run with.</param>
/// <param name="Ms">Median time of a call with the first of them, in milliseconds.</param>
/// <param name="Problem">Why it was not run, or what ONNX Runtime was told; null for neither.</param>
internal sealed record NetworkRow(string Name, double MaxRelError, string Inputs, double Ms, string? Problem)
{
    /// <summary>Built for ONNX Runtime: how many numbers of its outputs are not, bit for bit, those of ONNX Runtime on the exported model; −1 where it was not run.</summary>
    public long BackendDiffers { get; init; } = -1;

    /// <summary>Why it was not run so; null if it was.</summary>
    public string? BackendProblem { get; init; }
}
