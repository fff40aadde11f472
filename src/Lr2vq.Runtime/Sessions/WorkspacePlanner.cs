using System;
using System.Collections.Generic;

namespace Lr2vq.Sessions;

/// <summary>A piece of the workspace that is needed from step <paramref name="First"/> to step <paramref name="Last"/>, both included.</summary>
internal sealed record WorkspaceBuffer(long Bytes, int First, int Last);

/// <summary>Places buffers so that those alive at the same time do not overlap: the largest first, each at the lowest offset that is free
/// during its life.</summary>
internal static class WorkspacePlanner
{
    public const int Alignment = 64;

    /// <summary>Comparisons after which the rest is placed one behind the other: time is bounded for any number of buffers. The first ten
    /// thousand, which are the largest, always find their gaps.</summary>
    private const long MostVisits = 100_000_000;

    /// <returns>The offset of every buffer, a multiple of 64, and the bytes of the workspace.</returns>
    public static (long[] Offsets, long Bytes) Place(IReadOnlyList<WorkspaceBuffer> buffers)
    {
        int count = buffers.Count;
        long[] offsets = new long[count];
        int[] order = new int[count];
        for (int i = 0; i < count; i++) order[i] = i;
        Array.Sort(order, (a, b) =>
        {
            int bySize = buffers[b].Bytes.CompareTo(buffers[a].Bytes);
            return bySize != 0 ? bySize : buffers[a].First != buffers[b].First ? buffers[a].First.CompareTo(buffers[b].First) : a.CompareTo(b);
        });

        long total = 0;
        // Sorted by offset, so that one walk finds the lowest gap.
        List<int> placed = new(count);
        long visits = 0;
        foreach (int i in order)
        {
            WorkspaceBuffer buffer = buffers[i];
            long bytes = checked(buffer.Bytes + Alignment - 1) & -Alignment, offset = 0;
            if (visits > MostVisits)
            {
                offsets[i] = total;
                total = checked(total + bytes);
                continue;
            }
            foreach (int j in placed)
            {
                visits++;
                WorkspaceBuffer other = buffers[j];
                if (other.Last < buffer.First || buffer.Last < other.First) continue;
                if (offsets[j] >= offset + bytes) break;
                offset = Math.Max(offset, checked(offsets[j] + (other.Bytes + Alignment - 1 & -Alignment)));
            }
            offsets[i] = offset;
            total = Math.Max(total, checked(offset + bytes));
            int at = placed.Count;
            while (at > 0 && offsets[placed[at - 1]] > offset) at--;
            placed.Insert(at, i);
        }
        return (offsets, total);
    }
}
