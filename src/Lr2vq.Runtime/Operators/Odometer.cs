using System.Runtime.CompilerServices;

namespace Lr2vq.Operators;

/// <summary>Counts through the outer dimensions of a <see cref="BroadcastPlan"/>, and knows where each operand stands.</summary>
/// <param name="plan">Sizes and strides.</param>
/// <param name="rank">How many dimensions, from the outermost, are counted.</param>
/// <param name="index">Memory for at least <paramref name="rank"/> numbers.</param>
internal unsafe ref struct Odometer(BroadcastPlan plan, int rank, long* index)
{
    private readonly long* _index = Cleared(index, rank);

    /// <summary>Elements from the start of an operand.</summary>
    public readonly long Offset(int operand)
    {
        long[] strides = plan.Strides[operand];
        long offset = 0;
        for (int d = 0; d < rank; d++) offset += _index[d] * strides[d];
        return offset;
    }

    /// <summary>Goes to the pass of a number.</summary>
    public readonly void MoveTo(long number)
    {
        for (int d = rank - 1; d >= 0; d--)
        {
            _index[d] = number % plan.Sizes[d];
            number /= plan.Sizes[d];
        }
    }

    /// <summary>Moves on; false after the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Next()
    {
        for (int d = rank - 1; d >= 0; d--)
        {
            if (++_index[d] < plan.Sizes[d]) return true;
            _index[d] = 0;
        }
        return false;
    }

    private static long* Cleared(long* index, int rank)
    {
        for (int d = 0; d < rank; d++) index[d] = 0;
        return index;
    }
}
