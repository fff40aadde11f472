using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX LayerNormalization: <c>y = (x − mean) / √(variance + epsilon)·scale + bias</c> over axis and all after it.</summary>
/// <remarks>(x, scale?, bias?) → (y), f32, plain; y may be the memory of x. Scale and bias have the normalised shape, or one element.
/// Attributes axis (0), epsilon (float, 1e-5).</remarks>
public sealed class LayerNormalization : RowNormalization, IOperator<LayerNormalization>
{
    private LayerNormalization(StepAttributes attributes) : base(attributes) { }

    /// <inheritdoc/>
    public static LayerNormalization Read(StepAttributes attributes) => new(attributes);

    internal override void Run(in StepArguments arguments) => Run(arguments, default(RowMoments));

    private readonly unsafe struct RowMoments : IRowMoments
    {
        public (double Mean, double Variance) Of(float* row, long length) => Moments.MeanAndVariance(row, length);
    }
}
