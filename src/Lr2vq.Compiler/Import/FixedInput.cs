using System;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>An input that the option Constants fixes, as the constants that stand for it.</summary>
/// <param name="Value">What nodes read: f32 for every float.</param>
/// <param name="Exact">The same in f64, if the model has it so.</param>
internal sealed record FixedInput(Value Value, Value? Exact)
{
    /// <param name="info">The input as the model declares it.</param>
    /// <param name="shape">Its shape, with the lengths that are fixed.</param>
    /// <param name="words">What the user wrote.</param>
    /// <param name="bag">Told what is wrong.</param>
    /// <returns>Null if something is wrong.</returns>
    public static FixedInput? Make(OnnxValueInfo info, Dimension[] shape, string words, DiagnosticBag bag)
    {
        if (InputConstant.Read(info.Name, info.Type, shape, words, out Diagnostic? problem) is not { } given)
        {
            bag.Add(problem!);
            return null;
        }
        int[] lengths = Array.ConvertAll(shape, d => checked((int)d.Value));
        if (!ElementTypes.IsFloat(info.Type)) return new FixedInput(Fill(info.Type, Bytes(given.Integers, ElementTypes.ByteLength(info.Type))), null);
        float[] singles = Array.ConvertAll(given.Reals, value => Round((float)value, info.Type));
        Value? exact = info.Type == ElementType.Float64 ? Fill(ElementType.Float64, MemoryMarshal.AsBytes(given.Reals.AsSpan()).ToArray()) : null;
        return new FixedInput(Fill(ElementType.Float32, MemoryMarshal.AsBytes(singles.AsSpan()).ToArray()), exact);

        Value Fill(ElementType type, byte[] values) => Value.Of(info.Name, given.Count == 1 ? new UniformConstant(type, lengths, values) : new MemoryConstant(type, lengths, values));
    }

    /// <summary>The low bytes of each; the values are known to fit.</summary>
    private static byte[] Bytes(long[] values, int size)
    {
        byte[] bytes = new byte[values.Length * size];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(values[i / size] >> 8 * (i % size));
        return bytes;
    }

    private static float Round(float value, ElementType type) => type switch
    {
        ElementType.Float16 => (float)(Half)value,
        ElementType.BFloat16 => BitConverter.Int32BitsToSingle(DenseTensor.ToBFloat16(value) << 16),
        _ => value,
    };
}
