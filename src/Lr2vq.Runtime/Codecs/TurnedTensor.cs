using Lr2vq.Memory;
using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>A matrix that another tensor holds with rows and columns exchanged, such as an embedding and a product with the same weights. It takes no
/// bytes but a directory entry; expanded to fp32 when it is opened.</summary>
/// <remarks>Parameters: format of the other tensor u8, its parameters. The ranges are those of the other tensor.</remarks>
internal static unsafe class TurnedTensor
{
    /// <summary>The entry for a matrix that <paramref name="matrix"/> is turned.</summary>
    public static EncodedTensor Pack(TensorIdentity identity, EncodedTensor matrix) =>
        identity.With(TensorFormat.Turned, [(byte)matrix.Format, .. matrix.Parameters], matrix.Codes, matrix.Codebook, matrix.Dense);

    public static DenseTensor Open(in TensorPayload payload)
    {
        using var memory = new NativeArena();
        TensorPayload inner = Inner(payload, memory);
        // A fill takes no memory as it is, and what is turned twice was never turned.
        if (inner.Format is TensorFormat.Fill or TensorFormat.Turned) throw payload.Invalid($"turns a tensor of format {(int)inner.Format}");
        WeightTensor matrix = CodecTable.Open(inner);
        float* weights = payload.Memory.AllocateFloats(payload.Elements);
        DenseOrder.Decode(matrix, weights);
        return DenseTensor.OfExpanded(payload, weights);
    }

    public static TensorDescription Describe(in TensorPayload payload) =>
        payload.ParametersLength > 0 && payload.ParametersData[0] != (byte)TensorFormat.Turned ? CodecTable.Describe(Inner(payload, payload.Memory)) : TensorDescription.Empty;

    /// <summary>The other tensor. A MatMul's weight is stored turned, so decoding it in ONNX order turns it back.</summary>
    private static TensorPayload Inner(in TensorPayload payload, NativeArena memory)
    {
        CanonicalShape shape = payload.Canonical;
        if (payload.ParametersLength == 0 || shape.KernelHeight * shape.KernelWidth != 1 || payload.Groups != 1) throw payload.Invalid("is turned, but no matrix");
        TensorPayload inner = payload;
        inner.Role = WeightRole.MatMul;
        inner.Shape = [shape.Rows, shape.Inputs];
        inner.Format = (TensorFormat)payload.ParametersData[0];
        inner.ParametersData++;
        inner.ParametersLength--;
        inner.Memory = memory;
        return inner;
    }
}
