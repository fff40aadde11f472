using System;
using System.Runtime.InteropServices;
using Lr2vq.Onnx;

namespace Lr2vq.Graphs;

/// <summary>A constant of the ONNX file, whose values stay there. Floats of other widths are converted to f32 as they are read.</summary>
internal sealed class OnnxConstant(OnnxTensor tensor)
    : ConstantTensor(tensor.IsFloat ? ElementType.Float32 : tensor.ElementType, Array.ConvertAll(tensor.Dims, d => checked((int)d)))
{
    /// <summary>A constant of f64 as the file has it; null for other types, which f32 and whole numbers hold.</summary>
    public static Value? Exact(OnnxTensor tensor) =>
        tensor.ElementType == ElementType.Float64 ? Value.Of(tensor.Name, new DoubleConstant(tensor)) : null;

    /// <summary>The tensor of the file.</summary>
    public OnnxTensor Tensor => tensor;

    public override void ReadRaw(Span<byte> destination, long first = 0)
    {
        if (tensor.IsFloat) tensor.ReadFloats(MemoryMarshal.Cast<byte, float>(destination), first);
        else tensor.ReadRaw(destination, first);
    }

    private sealed class DoubleConstant(OnnxTensor tensor) : ConstantTensor(ElementType.Float64, Array.ConvertAll(tensor.Dims, d => checked((int)d)))
    {
        public override void ReadRaw(Span<byte> destination, long first = 0) => tensor.ReadRaw(destination, first);
    }
}
