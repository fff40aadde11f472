using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>A weight as a codec packed it, ready for the artifact: metadata, a small parameter record and up to four byte ranges.</summary>
/// <param name="Name">Name of the weight in the Plan.</param>
/// <param name="Role">What the weight is used for.</param>
/// <param name="Type">The type that steps see; f32 for everything that is compressed.</param>
/// <param name="Shape">The shape as ONNX has it.</param>
/// <param name="Groups">Groups of the convolution that reads it; else 1.</param>
/// <param name="Format">The byte format, which decides what the ranges mean.</param>
/// <param name="Parameters">Parameter record of the format; a few bytes.</param>
/// <param name="Codes">Codes or entropy-coded levels.</param>
/// <param name="Codebook">Codebooks and bases. Equal bytes of several tensors are stored once.</param>
/// <param name="Dense">Dense values and scales. For a type other than f32: the values, little-endian, in ONNX order, with empty
/// <paramref name="Parameters"/>; no codec is asked to open those.</param>
internal sealed record EncodedTensor(string Name, WeightRole Role, ElementType Type, int[] Shape, int Groups, TensorFormat Format,
    byte[] Parameters, byte[] Codes, byte[] Codebook, byte[] Dense)
{
    /// <summary>‖W − Ŵ‖² ÷ ‖W‖² as measured by decoding; kept in the directory for reports.</summary>
    public float RelativeError { get; init; }
}
