using System;
using System.Runtime.CompilerServices;

namespace Lr2vq.Operators;

/// <summary>Reads indices, i32 or i64; negative ones count from the end.</summary>
internal readonly unsafe struct IndexReader
{
    private readonly byte* _data;
    private readonly bool _wide;

    public IndexReader(in TensorView indices)
    {
        _data = indices.Data;
        _wide = indices.Type == ElementType.Int64;
        if (!_wide && indices.Type != ElementType.Int32) throw UnexpectedType.Of(indices.Type);
    }

    /// <summary>The index at a position as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Raw(long position) => _wide ? ((long*)_data)[position] : ((int*)_data)[position];

    /// <summary>The index at a position, in [0, length).</summary>
    /// <exception cref="IndexOutsideException">It is outside [−length, length).</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Checked(long position, long length)
    {
        long index = Raw(position);
        if (index < 0) index += length;
        return (ulong)index < (ulong)length ? index : Outside(position, length);
    }

    private long Outside(long position, long length) => throw new IndexOutsideException(
        FormattableString.Invariant($"index {Raw(position)} at position {position} is outside [{-length}, {length - 1}]"));
}
