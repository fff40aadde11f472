using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX NonZero: the coordinates of the elements that are not 0, in row-major order.</summary>
/// <remarks>(x) → (coordinates i64 [rank, found]), x of any type but text, plain; a single number counts as a row of one.</remarks>
public sealed unsafe class NonZero : Operator, IOperator<NonZero>
{
    private NonZero()
    {
    }

    /// <inheritdoc/>
    public static NonZero Read(StepAttributes attributes) => new();

    internal override bool FindsSize => true;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsWide();
        rules.Output(0).IsLike(ElementType.Int64).HasShape(Math.Max(1, x.Rank), x.Count);
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0];
        // Minus zero is zero: what remains without the sign is compared.
        switch (x.Type)
        {
            case ElementType.Float32: Find(arguments, (uint*)x.Data, 0x7FFFFFFFu); break;
            case ElementType.Float64: Find(arguments, (ulong*)x.Data, 0x7FFFFFFF_FFFFFFFFul); break;
            case ElementType.Float16 or ElementType.BFloat16: Find(arguments, (ushort*)x.Data, (ushort)0x7FFF); break;
            default:
                switch (ElementTypes.ByteLength(x.Type))
                {
                    case 1: Find(arguments, x.Data, byte.MaxValue); break;
                    case 2: Find(arguments, (ushort*)x.Data, ushort.MaxValue); break;
                    case 4: Find(arguments, (uint*)x.Data, uint.MaxValue); break;
                    default: Find(arguments, (ulong*)x.Data, ulong.MaxValue); break;
                }
                break;
        }
    }

    private static void Find<T>(in StepArguments arguments, T* x, T mask) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        int[] shape = arguments.Inputs[0].Shape;
        long length = arguments.Inputs[0].Length, found = 0;
        for (long i = 0; i < length; i++)
            if (!T.IsZero(x[i] & mask)) found++;
        *arguments.Size = found;
        long* y = arguments.Outputs[0].I64;
        for (long i = 0, to = 0; to < found; i++)
        {
            if (T.IsZero(x[i] & mask)) continue;
            long rest = i;
            for (int d = shape.Length - 1; d > 0; d--)
            {
                y[d * found + to] = rest % shape[d];
                rest /= shape[d];
            }
            y[to++] = rest;
        }
    }
}
