using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Cast: converts every element to the type of the output.</summary>
/// <remarks>(x) → (y), every pair of numeric types and bool, plain. The output says the type. Floats are cut towards zero, but rounded
/// to integers of 4 bits, halves to even; out of
/// range or NaN they become what x86 makes of them (the smallest i32 or i64, whose low bits narrower types take). Whole numbers wrap around.
/// To bool: not zero. To floats of 8 and 4 bits: the nearest, halves to even; attribute saturate (1): too large becomes the largest number, else infinity
/// or NaN. To f8e8m0, attribute round: up, down or nearest.</remarks>
public sealed unsafe class Cast : Operator, IOperator<Cast>
{
    private const int Chunk = 256;

    private readonly NarrowCast _narrow;

    private Cast(NarrowCast narrow) => _narrow = narrow;

    /// <inheritdoc/>
    public static Cast Read(StepAttributes attributes) => new(NarrowCast.Read(attributes));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        rules.Output(0).IsSized().HasShape(rules.Input(0).IsSized().Shape);
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        long length = y.Length;
        Ranges.Run(arguments.Team, (length + Chunk - 1) / Chunk, Ranges.LeastMoved(Chunk), new Chunks(x.Data, x.Type, y.Data, y.Type, length, _narrow));
    }

    private readonly struct Chunks(byte* x, ElementType from, byte* y, ElementType to, long length, NarrowCast narrow) : IRange
    {
        // Elements pass through double or long in chunks: a reader and a writer for each type instead of a loop for each pair.
        [SkipLocalsInit]
        public void Do(long first, long last, int slot)
        {
            int sizeX = ElementTypes.ByteLength(from), sizeY = ElementTypes.ByteLength(to);
            long start = first * Chunk, end = Math.Min(length, last * Chunk);
            if (from == to)
            {
                Buffer.MemoryCopy(x + start * sizeX, y + start * sizeY, (end - start) * sizeY, (end - start) * sizeY);
                return;
            }
            start += CastVectors.Run(x + start * sizeX, from, y + start * sizeY, to, end - start);
            bool real = ElementTypes.IsFloat(from) || ElementTypes.IsNarrowFloat(from);
            long* buffer = stackalloc long[Chunk];
            for (int count; start < end; start += count)
            {
                count = (int)Math.Min(Chunk, end - start);
                if (real)
                {
                    CastReals.Read(x + start * sizeX, from, (double*)buffer, count);
                    CastReals.Write((double*)buffer, y + start * sizeY, to, count, narrow);
                }
                else
                {
                    CastIntegers.Read(x + start * sizeX, from, buffer, count);
                    CastIntegers.Write(buffer, from == ElementType.UInt64, y + start * sizeY, to, count, narrow);
                }
            }
        }
    }
}
