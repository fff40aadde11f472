using System;
using System.Runtime.CompilerServices;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Cast: converts every element to the type of the output.</summary>
/// <remarks>(x) → (y), every pair of numeric types and bool, plain. No attributes: the output says the type. Floats are cut towards zero; out of
/// range or NaN they become what x86 makes of them (the smallest i32 or i64, whose low bits narrower types take). Whole numbers wrap around.
/// To bool: not zero.</remarks>
public sealed unsafe class Cast : Operator, IOperator<Cast>
{
    private const int Chunk = 256;

    private Cast()
    {
    }

    /// <inheritdoc/>
    public static Cast Read(StepAttributes attributes) => new();

    // Elements pass through double or long in chunks: 13 readers and 13 writers twice instead of 169 loops.
    [SkipLocalsInit]
    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        long length = y.Length;
        int sizeX = ElementTypes.ByteLength(x.Type), sizeY = ElementTypes.ByteLength(y.Type);
        if (x.Type == y.Type)
        {
            Buffer.MemoryCopy(x.Data, y.Data, length * sizeY, length * sizeY);
            return;
        }
        bool real = x.Type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16;
        long* buffer = stackalloc long[Chunk];
        for (long start = 0; start < length; start += Chunk)
        {
            int count = (int)Math.Min(Chunk, length - start);
            if (real)
            {
                CastReals.Read(x.Data + start * sizeX, x.Type, (double*)buffer, count);
                CastReals.Write((double*)buffer, y.Data + start * sizeY, y.Type, count);
            }
            else
            {
                CastIntegers.Read(x.Data + start * sizeX, x.Type, buffer, count);
                CastIntegers.Write(buffer, x.Type == ElementType.UInt64, y.Data + start * sizeY, y.Type, count);
            }
        }
    }
}
