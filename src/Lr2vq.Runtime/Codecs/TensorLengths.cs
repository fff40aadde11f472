using System;

namespace Lr2vq.Codecs;

/// <summary>What the length of an artifact depends on, for one tensor: an <see cref="EncodedTensor"/> without its bytes.</summary>
internal sealed record TensorLengths(TensorIdentity Identity, TensorFormat Format, int Parameters, StoredRange Codes, StoredRange Codebook, StoredRange Dense)
{
    public static TensorLengths Of(EncodedTensor tensor) => new(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups),
        tensor.Format, tensor.Parameters.Length, StoredRange.Of(tensor.Codes), StoredRange.Of(tensor.Codebook), StoredRange.Of(tensor.Dense));

    /// <summary>Bytes of the payload; what other tensors have too counts fully.</summary>
    public long Payload => Parameters + Codes.Length + Codebook.Length + Dense.Length;
}

/// <summary>A range of a tensor.</summary>
/// <param name="Content">Ranges of one section whose contents are equal are stored once; null equals none.</param>
internal readonly record struct StoredRange(long Length, object? Content = null)
{
    public static StoredRange Of(byte[] bytes) => new(bytes.Length, bytes.Length == 0 ? null : new Bytes(bytes));

    /// <summary>Bytes compared by content.</summary>
    private sealed class Bytes(byte[] bytes) : IEquatable<Bytes>
    {
        private const int Hashed = 256;

        private readonly byte[] _bytes = bytes;

        public bool Equals(Bytes? other) => other is not null && (ReferenceEquals(_bytes, other._bytes) || _bytes.AsSpan().SequenceEqual(other._bytes));

        public override bool Equals(object? other) => Equals(other as Bytes);

        /// <summary>The last bytes differ where contents do, nearly always.</summary>
        public override int GetHashCode()
        {
            HashCode hash = default;
            hash.Add(_bytes.Length);
            hash.AddBytes(_bytes.AsSpan(Math.Max(0, _bytes.Length - Hashed)));
            return hash.ToHashCode();
        }
    }
}
