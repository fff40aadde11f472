using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX DynamicQuantizeLinear: quantizes to u8 with the scale and the zero point that the tensor's range, widened to zero, asks for.</summary>
/// <remarks>(x f32) → (y u8, scale f32 [], zero point u8 []), plain. No attributes.</remarks>
public sealed unsafe class DynamicQuantizeLinear : Operator, IOperator<DynamicQuantizeLinear>
{
    private const long Stretch = 1024;

    private DynamicQuantizeLinear()
    {
    }

    /// <inheritdoc/>
    public static DynamicQuantizeLinear Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 3);
        rules.Plain();
        rules.Output(0).IsLike(ElementType.UInt8).HasShape(rules.Input(0).IsLike(ElementType.Float32).Shape);
        rules.Output(1).IsLike(ElementType.Float32).HasRank(0);
        rules.Output(2).IsLike(ElementType.UInt8).HasRank(0);
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0];
        long length = x.Length;
        (float low, float high) = Limits(x.F32, length);
        float scale = low == high ? 1f : (high - low) / byte.MaxValue;
        var zero = (byte)Quantizer.One(-low / scale, new QuantizedRange(ElementType.UInt8, 0));
        *arguments.Outputs[1].F32 = scale;
        *arguments.Outputs[2].Data = zero;
        Ranges.Run(arguments.Team, (length + Stretch - 1) / Stretch, Ranges.Least(Stretch), new Stretches(x.F32, arguments.Outputs[0].Data, length, scale, new QuantizedRange(ElementType.UInt8, zero)));
    }

    /// <summary>Smallest and largest number, and zero.</summary>
    [MethodImpl(Compile.Loop)]
    private static (float Low, float High) Limits(float* x, long length)
    {
        float low = 0f, high = 0f;
        for (long i = 0; i < length; i++)
        {
            low = x[i] < low ? x[i] : low;
            high = x[i] > high ? x[i] : high;
        }
        return (low, high);
    }

    private readonly struct Stretches(float* x, byte* y, long length, float scale, QuantizedRange range) : IRange
    {
        public void Do(long first, long last, int slot) =>
            Quantizer.Row(new Quotients(x + first * Stretch, scale), range, y + first * Stretch, Math.Min(length, last * Stretch) - first * Stretch);
    }

    private readonly struct Quotients(float* x, float scale) : IFloatSource
    {
        public float One(long i) => x[i] / scale;

        public Vector128<float> Four(long i) => Vector128.Load(x + i) / Vector128.Create(scale);
    }
}
