using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Lr2vq.Sessions;
using Xunit;

namespace Lr2vq.Tests.Sessions;

public sealed class WorkspacePlannerTests
{
    private static readonly Arbitrary<WorkspaceBuffer[]> Buffers = (
        from bytes in Gen.OneOf(Gen.Choose(0, 300), Gen.Choose(0, 100_000))
        from first in Gen.Choose(0, 30)
        from length in Gen.Choose(0, 12)
        select new WorkspaceBuffer(bytes, first, first + length)).ArrayOf().ToArbitrary();

    [Property]
    public Property LiveBuffersNeverOverlap() => Prop.ForAll(Buffers, buffers =>
    {
        (long[] offsets, long total) = WorkspacePlanner.Place(buffers);
        for (int i = 0; i < buffers.Length; i++)
        {
            if (offsets[i] < 0 || offsets[i] % 64 != 0 || offsets[i] + buffers[i].Bytes > total) return false;
            for (int j = 0; j < i; j++)
                if (buffers[i].First <= buffers[j].Last && buffers[j].First <= buffers[i].Last
                    && offsets[i] < offsets[j] + buffers[j].Bytes && offsets[j] < offsets[i] + buffers[i].Bytes) return false;
        }
        return true;
    });

    [Property]
    public Property TheWorkspaceIsAtLeastThePeakAndAtMostTheSum() => Prop.ForAll(Buffers, buffers =>
    {
        static long Rounded(WorkspaceBuffer b) => (b.Bytes + 63) / 64 * 64;
        (_, long total) = WorkspacePlanner.Place(buffers);
        long peak = Enumerable.Range(0, 50).Max(step => buffers.Where(b => b.First <= step && step <= b.Last).Sum(Rounded));
        return total >= peak && total <= buffers.Sum(Rounded);
    });

    [Property]
    public Property TheResultDoesNotDependOnAnythingElse() => Prop.ForAll(Buffers, buffers =>
        WorkspacePlanner.Place(buffers).Offsets.SequenceEqual(WorkspacePlanner.Place([.. buffers]).Offsets));

    [Fact]
    public void AChainNeedsTwoBuffers()
    {
        WorkspaceBuffer[] chain = [.. Enumerable.Range(0, 100).Select(i => new WorkspaceBuffer(6400, i, i + 1))];
        Assert.Equal(12800, WorkspacePlanner.Place(chain).Bytes);
    }

    [Fact]
    public void SizesBeyond32BitsAreExactAndBeyond64BitsAnError()
    {
        Assert.Equal(3L << 40, WorkspacePlanner.Place([new(1L << 41, 0, 1), new(1L << 40, 1, 2)]).Bytes);
        Assert.Throws<OverflowException>(() => WorkspacePlanner.Place([new(long.MaxValue - 1, 0, 1), new(long.MaxValue - 1, 0, 1)]));
    }
}
