using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Onnx;
using Lr2vq.Plans;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;

namespace Lr2vq.Training.Labelled;

/// <summary>A tensor of a file that is trained.</summary>
internal sealed class FileTensor
{
    private readonly Func<Tensor> _values;
    private readonly byte[] _bytes;
    private readonly TensorIdentity _identity;

    /// <param name="original">As the file has it.</param>
    /// <param name="values">Its values as they are trained, in the file's order.</param>
    public FileTensor(OnnxTensor original, Func<Tensor> values)
    {
        (Original, _values) = (original, values);
        _bytes = new byte[original.ByteLength];
        original.ReadRaw(_bytes);
        Trained = OnnxTensor.Of(original.Name, original.ElementType, original.Dims, _bytes);
        _identity = new TensorIdentity(original.Name, WeightRole.Constant, ElementType.Float32, Array.ConvertAll(original.Dims, d => checked((int)d)), 1);
    }

    public OnnxTensor Original { get; }

    /// <summary>What stands in its place; <see cref="Put"/> changes its values.</summary>
    public OnnxTensor Trained { get; }

    /// <summary>The values as they are trained now.</summary>
    public EncodedTensor Take()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return DenseTensor.Pack(_identity, TensorValues.Floats(_values()), DenseEncoding.Fp32);
    }

    /// <summary>Puts values that were taken into the tensor, rounded to its type.</summary>
    public void Put(EncodedTensor taken)
    {
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(taken.Dense);
        for (int i = 0; i < values.Length; i++)
            switch (Trained.ElementType)
            {
                case ElementType.Float16: BinaryPrimitives.WriteHalfLittleEndian(_bytes.AsSpan(2 * i), (Half)values[i]); break;
                case ElementType.BFloat16: BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(2 * i), DenseTensor.ToBFloat16(values[i])); break;
                case ElementType.Float64: BinaryPrimitives.WriteDoubleLittleEndian(_bytes.AsSpan(8 * i), values[i]); break;
                default: BinaryPrimitives.WriteSingleLittleEndian(_bytes.AsSpan(4 * i), values[i]); break;
            }
    }
}
