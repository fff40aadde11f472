using System.Runtime.InteropServices;
using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>From the bytes of a tensor to the object that kernels ask for rows and panels.</summary>
internal static unsafe class CodecTable
{
    /// <summary>Weights beyond which a tensor is refused; panels and rows are indexed with 32 bits.</summary>
    internal const long MaxWeights = int.MaxValue;

    /// <summary>The format with the largest number that this version knows.</summary>
    public const TensorFormat LastFormat = TensorFormat.Grid;

    /// <summary>Opens an f32 tensor. Checks every length; reads codes only where a format expands them at load.</summary>
    /// <exception cref="InvalidArtifactException">The payload contradicts its metadata, or its format is not known.</exception>
    public static WeightTensor Open(in TensorPayload payload)
    {
        if (payload.Type != ElementType.Float32) throw payload.Invalid("is no f32 tensor, so no codec can open it");
        CheckShape(payload);
        return payload.Format switch
        {
            TensorFormat.Dense => DenseTensor.Open(payload),
            TensorFormat.Codebook or TensorFormat.LowRankCodebook or TensorFormat.Residual => CodebookTensor.Open(payload),
            TensorFormat.Scalar => ScalarTensor.Open(payload),
            var format when TransformTensor.Has(format) => TransformTensor.Open(payload),
            TensorFormat.ElementPlanes => ElementPlanes.Open(payload),
            TensorFormat.Fill => FillTensor.Open(payload),
            TensorFormat.Turned => TurnedTensor.Open(payload),
            TensorFormat.Binary => BinaryTensor.Open(payload),
            TensorFormat.LowRank => LowRankTensor.Open(payload),
            TensorFormat.Sparse => SparseTensor.Open(payload),
            TensorFormat.Grid => GridTensor.Open(payload),
            _ => throw payload.Invalid($"has format {(int)payload.Format}, which this version does not know"),
        };
    }

    /// <summary>Bytes of a tensor that is not f32, once it is expanded.</summary>
    /// <exception cref="InvalidArtifactException">The payload does not hold so much, or its format is not known.</exception>
    public static long ExpandedLength(in TensorPayload payload)
    {
        if (payload.Format == TensorFormat.ElementPlanes) return ElementPlanes.ExpandedLength(payload);
        long bytes = payload.Elements * ElementTypes.ByteLength(payload.Type);
        if (payload.Format != TensorFormat.Dense || payload.DenseLength != bytes) throw payload.Invalid($"has {payload.DenseLength} bytes of values instead of {bytes}");
        return bytes;
    }

    /// <summary>Writes a tensor that is not f32: little-endian, in ONNX order.</summary>
    /// <param name="destination">Aligned, <see cref="ExpandedLength"/> bytes.</param>
    public static void Expand(in TensorPayload payload, byte* destination)
    {
        if (payload.Format == TensorFormat.ElementPlanes) ElementPlanes.Expand(payload, destination);
        else NativeMemory.Copy(payload.DenseData, destination, (nuint)payload.DenseLength);
    }

    /// <summary>What the parameters of a tensor say; reads only the parameter record. Empty for tensors that are stored as they are.</summary>
    /// <exception cref="InvalidArtifactException">The parameters are damaged.</exception>
    public static TensorDescription Describe(in TensorPayload payload) => payload.Format switch
    {
        TensorFormat.ElementPlanes => ElementPlanes.Describe(),
        _ when payload.Type != ElementType.Float32 => TensorDescription.Empty,
        TensorFormat.Dense => DenseTensor.Describe(payload),
        TensorFormat.Codebook or TensorFormat.LowRankCodebook or TensorFormat.Residual => CodebookTensor.Describe(payload),
        TensorFormat.Scalar => ScalarTensor.Describe(payload),
        var format when TransformTensor.Has(format) => TransformTensor.Describe(payload),
        TensorFormat.Fill => FillTensor.Describe(),
        TensorFormat.Turned => TurnedTensor.Describe(payload),
        TensorFormat.Binary => BinaryTensor.Describe(payload),
        TensorFormat.LowRank => LowRankTensor.Describe(payload),
        TensorFormat.Sparse => SparseTensor.Describe(payload),
        TensorFormat.Grid => GridTensor.Describe(),
        _ => TensorDescription.Empty,
    };

    private static void CheckShape(in TensorPayload payload)
    {
        long length = 1;
        foreach (int dimension in payload.Shape)
        {
            if (dimension < 0) throw payload.Invalid($"has a negative dimension {dimension}");
            length *= dimension;
            if (length > MaxWeights) throw payload.Invalid("has more than 2^31 - 1 weights");
        }
        int least = payload.Role switch
        {
            WeightRole.Conv or WeightRole.ConvTranspose => 3,
            WeightRole.MatMul or WeightRole.Gemm or WeightRole.Gather => 2,
            _ => 0,
        };
        if (payload.Shape.Length < least) throw payload.Invalid($"has {payload.Shape.Length} dimensions, too few for a {payload.Role} weight");
        if (least > 0 && payload.Shape.Length > (least == 3 ? 4 : 2))
            throw payload.Invalid($"has {payload.Shape.Length} dimensions, too many for a {payload.Role} weight");
        if (least > 0 && length == 0) throw payload.Invalid("has no weights");
        if (payload.Groups < 1) throw payload.Invalid($"has {payload.Groups} groups");
        if (payload.Role == WeightRole.ConvTranspose && (payload.Shape[0] % payload.Groups != 0 || (long)payload.Shape[1] * payload.Groups > MaxWeights))
            throw payload.Invalid($"has {payload.Groups} groups, which do not divide its {payload.Shape[0]} channels");
    }
}
