using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>QLinearMul of com.microsoft: the product of two quantized tensors, quantized again.</summary>
/// <remarks>Inputs and output are those of <see cref="QLinearAdd"/>. No attributes.</remarks>
public sealed class QLinearMul : QuantizedBroadcast, IOperator<QLinearMul>
{
    private QLinearMul() : base(new QuantizedPairs<Product>())
    {
    }

    /// <inheritdoc/>
    public static QLinearMul Read(StepAttributes attributes) => new();

    private struct Product : IQuantizedPair
    {
        private int _zeroA, _zeroB;
        private float _ratio, _zero;

        public void Prepare((float Scale, int ZeroPoint) a, (float Scale, int ZeroPoint) b, (float Scale, int ZeroPoint) y) =>
            (_zeroA, _zeroB, _ratio, _zero) = (a.ZeroPoint, b.ZeroPoint, a.Scale * b.Scale / y.Scale, y.ZeroPoint);

        public readonly float One(int a, int b, bool aRepeats, bool bRepeats) => (a - _zeroA) * (b - _zeroB) * _ratio + _zero;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector128<float> Four(Vector128<int> a, Vector128<int> b, bool aRepeats, bool bRepeats) =>
            Vector128.ConvertToSingle((a - Vector128.Create(_zeroA)) * (b - Vector128.Create(_zeroB))) * Vector128.Create(_ratio) + Vector128.Create(_zero);
    }
}
