using System;
using System.Buffers.Binary;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Lr2vq.Evaluation;
using Lr2vq.Memory;

namespace Lr2vq.Training.Weights;

/// <summary>Scales and basis of packed levels, as <see cref="TransformTensor.Pack"/> was given them.</summary>
internal static class TransformReader
{
    public static unsafe WeightScales Scales(EncodedTensor tensor)
    {
        CanonicalShape shape = CanonicalShape.Of(tensor.Role, tensor.Shape, tensor.Groups);
        (float[] rows, int used) = TransformTensor.ScalesOf(tensor);
        if (tensor.Format is not (TensorFormat.ScaledTransform or TensorFormat.ScaledTrellis)) return new WeightScales(rows, [], shape.Inputs);
        int[] columns = new int[BinaryPrimitives.ReadInt32LittleEndian(tensor.Parameters.AsSpan()[^sizeof(int)..]) * shape.Inputs];
        using NativeArena memory = new();
        var payload = MemoryWeights.Payload(tensor, memory, memory);
        float* scales = ColumnScales.Open(payload, payload.DenseData + used, payload.DenseLength - used, columns.Length);
        for (int i = 0; i < columns.Length; i++) columns[i] = (int)Math.Round(2 * Math.Log2(scales[i]));
        return new WeightScales(rows, columns, shape.Inputs);
    }

    public static float Step(EncodedTensor tensor) => BinaryPrimitives.ReadSingleLittleEndian(tensor.Parameters.AsSpan(9));

    public static TransformCoding.Form Form(EncodedTensor tensor)
    {
        int contexts = BinaryPrimitives.ReadUInt16LittleEndian(tensor.Parameters), bits = tensor.Parameters[3];
        if (tensor.Codebook.Length == 0) return new TransformCoding.Form(contexts, null);
        double[] basis = [.. Enumerable.Range(0, tensor.Codebook.Length / 2).Select(i => BinaryPrimitives.ReadInt16LittleEndian(tensor.Codebook.AsSpan(2 * i)) / (double)(1 << bits))];
        // So that tensors which share it go on doing so, whatever their levels become.
        return new TransformCoding.Form(contexts, basis, bits <= TransformCoding.BitsOfCommon);
    }
}
