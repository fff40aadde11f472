using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>QLinearAdd of com.microsoft: the sum of two quantized tensors, quantized again.</summary>
/// <remarks>(a, its scale and zero point, b, its scale and zero point, scale and zero point of y) → (y), u8 or i8, plain, broadcast. No attributes.</remarks>
public sealed class QLinearAdd : QuantizedBroadcast, IOperator<QLinearAdd>
{
    private QLinearAdd() : base(new QuantizedPairs<Sum>())
    {
    }

    /// <inheritdoc/>
    public static QLinearAdd Read(StepAttributes attributes) => new();

    // Rounded where ONNX Runtime rounds, since halves are frequent: ratios of scales, zero points in one constant, fused multiplications where there are any.
    private struct Sum : IQuantizedPair
    {
        private float _ratioA, _ratioB, _constant;

        public void Prepare((float Scale, int ZeroPoint) a, (float Scale, int ZeroPoint) b, (float Scale, int ZeroPoint) y)
        {
            (_ratioA, _ratioB) = (a.Scale / y.Scale, b.Scale / y.Scale);
            _constant = y.ZeroPoint - FusedMultiplyAdd.Of(_ratioA, a.ZeroPoint, _ratioB * b.ZeroPoint);
        }

        public readonly float One(int a, int b, bool aRepeats, bool bRepeats)
        {
            float sum = _constant;
            if (aRepeats) sum += a * _ratioA;
            sum = bRepeats ? sum + b * _ratioB : FusedMultiplyAdd.Of(b, _ratioB, sum);
            return aRepeats ? sum : FusedMultiplyAdd.Of(a, _ratioA, sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector128<float> Four(Vector128<int> a, Vector128<int> b, bool aRepeats, bool bRepeats)
        {
            Vector128<float> sum = Vector128.Create(_constant), x = Vector128.ConvertToSingle(a), y = Vector128.ConvertToSingle(b);
            Vector128<float> ratioA = Vector128.Create(_ratioA), ratioB = Vector128.Create(_ratioB);
            if (aRepeats) sum += x * ratioA;
            sum = bRepeats ? sum + y * ratioB : FusedMultiplyAdd.Of(y, ratioB, sum);
            return aRepeats ? sum : FusedMultiplyAdd.Of(x, ratioA, sum);
        }
    }
}
