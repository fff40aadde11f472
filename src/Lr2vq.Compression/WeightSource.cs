using System;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>A weight to compress. Values are read when asked for, so that one tensor at a time is in memory.</summary>
internal abstract class WeightSource(TensorIdentity identity)
{
    /// <summary>Name, role, type, shape and groups.</summary>
    public TensorIdentity Identity { get; } = identity;

    /// <summary>A convolution or product that reads an input of the network.</summary>
    public bool IsFirst { get; init; }

    /// <summary>The last product before the outputs.</summary>
    public bool IsClassifier { get; init; }

    /// <summary>Number of weights.</summary>
    public long Length
    {
        get
        {
            long length = 1;
            foreach (int dimension in Identity.Shape) length *= dimension;
            return length;
        }
    }

    public bool IsDepthwise => Identity.Groups > 1 && Identity.Canonical.Inputs == 1
        && Identity.Role is WeightRole.Conv or WeightRole.ConvTranspose;

    /// <summary>The weights, f32, in canonical order (see <see cref="WeightTensor"/>). Called more than once, from any thread.</summary>
    public abstract void ReadCanonical(Span<float> destination);

    /// <summary>The values of a tensor that is not f32, little-endian, in ONNX order.</summary>
    public abstract byte[] ReadRaw();
}
