using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>Arrays of ours as tensors of torch, and back.</summary>
internal static class TensorValues
{
    /// <summary>Type of a tensor that holds what the Plan calls <paramref name="type"/>.</summary>
    /// <exception cref="NotSupportedException">torch has no such type.</exception>
    public static ScalarType TypeOf(ElementType type) => type switch
    {
        ElementType.Float32 => ScalarType.Float32,
        ElementType.Float64 => ScalarType.Float64,
        ElementType.Float16 => ScalarType.Float16,
        ElementType.BFloat16 => ScalarType.BFloat16,
        ElementType.Int64 => ScalarType.Int64,
        ElementType.Int32 => ScalarType.Int32,
        ElementType.Int16 => ScalarType.Int16,
        ElementType.Int8 => ScalarType.Int8,
        ElementType.UInt8 => ScalarType.Byte,
        ElementType.Bool => ScalarType.Bool,
        _ => throw new NotSupportedException($"torch has no {type}"),
    };

    public static Tensor Of(ElementType type, IEnumerable<int> shape, ReadOnlySpan<byte> bytes)
    {
        Tensor tensor = empty([.. shape.Select(d => (long)d)], TypeOf(type));
        if (bytes.Length > 0) bytes.CopyTo(tensor.bytes);
        return tensor;
    }

    public static Tensor Of(NpyFile array) => Of(array.Type, array.Shape, array.Bytes);

    public static Tensor Of(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        Tensor tensor = empty(shape.ToArray(), ScalarType.Float32);
        MemoryMarshal.AsBytes(values).CopyTo(tensor.bytes);
        return tensor;
    }

    public static float[] Floats(Tensor tensor)
    {
        using Tensor plain = tensor.detach().cpu().to(ScalarType.Float32).contiguous();
        return MemoryMarshal.Cast<byte, float>(plain.bytes).ToArray();
    }
}
