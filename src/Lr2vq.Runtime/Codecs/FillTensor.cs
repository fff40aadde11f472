using System;
using System.Buffers.Binary;

namespace Lr2vq.Codecs;

/// <summary>One number everywhere, made when it is asked for: takes no memory however large the weight is.</summary>
/// <remarks>Parameters: the number f32. No codes, codebook or dense values.</remarks>
internal sealed unsafe class FillTensor : WeightTensor
{
    /// <summary>Most weights that are expanded for a step which reads them as they are, so that a short file cannot ask for much memory.</summary>
    public const int MostExpanded = 1 << 24;

    private readonly float _value;

    private FillTensor(in TensorPayload payload, float value) : base(payload.Name, payload.Role, payload.Type, payload.Shape, payload.Groups) => _value = value;

    public override TensorFormat Format => TensorFormat.Fill;

    public static EncodedTensor Pack(TensorIdentity identity, float value)
    {
        byte[] parameters = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(parameters, value);
        return identity.With(TensorFormat.Fill, parameters);
    }

    public static TensorDescription Describe() => new() { Method = "lossless", Encoding = "fill" };

    public static FillTensor Open(in TensorPayload payload)
    {
        var reader = new ParameterReader(payload);
        float value = reader.Single("value");
        reader.End();
        payload.ExpectCodes(0);
        payload.ExpectCodebook(0);
        payload.ExpectDense(0);
        return new FillTensor(payload, value);
    }

    public override void DecodeRows(int first, int count, float* destination, long stride)
    {
        for (int r = 0; r < count; r++) new Span<float>(destination + r * stride, Columns).Fill(_value);
    }
}
