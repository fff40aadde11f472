using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX RMSNormalization: <c>y = x / √(mean of x² + epsilon)·scale</c> over axis and all after it.</summary>
/// <remarks>(x, scale) → (y), f32, plain; y may be the memory of x. Scale has the normalised shape, or one element.
/// Attributes axis (0), epsilon (float, 1e-5).</remarks>
public sealed class RMSNormalization : RowNormalization, IOperator<RMSNormalization>
{
    private RMSNormalization(StepAttributes attributes) : base(attributes) { }

    /// <inheritdoc/>
    public static RMSNormalization Read(StepAttributes attributes) => new(attributes);

    internal override void Run(in StepArguments arguments) => Run(arguments, default(RowMoments));

    private readonly unsafe struct RowMoments : IRowMoments
    {
        public (double Mean, double Variance) Of(float* row, long length) => (0, Moments.Of(row, length, 0f).MeanSquare);
    }
}
