using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>Gather from a table that is a weight.</summary>
public sealed unsafe class EmbeddingTests
{
    /// <summary>A table is never expanded: the rows of the indices are decoded, in their order, and no others.</summary>
    [Fact]
    public void Only_the_rows_asked_for_are_decoded()
    {
        var table = new Table(1000, 8);
        Gather gather = Gather.Read(StepAttributes.Empty);
        gather.Bind(new Binding(table));
        Assert.True(table.Taken);
        long[] indices = [5, 999, -1, 5];
        var values = new float[indices.Length * 8];
        fixed (long* i = indices)
        fixed (float* y = values)
        {
            TensorView[] inputs =
            [
                new() { Type = ElementType.Float32, Shape = [1000, 8] },
                new() { Type = ElementType.Int64, Shape = [2, 2], Data = (byte*)i },
            ];
            TensorView[] outputs = [new() { Type = ElementType.Float32, Shape = [2, 2, 8], Data = (byte*)y }];
            StepPreparation prepared = gather.Prepare(new StepShapes(inputs, outputs, dimension => dimension.Value));
            Assert.Equal(0, prepared.ScratchBytes);
            gather.Run(new StepArguments(inputs, outputs, null, prepared.State));
        }
        Assert.Equal([5, 999, 999, 5], table.Decoded);
        Assert.Equal(new[] { 5, 999, 999, 5 }.SelectMany(row => Enumerable.Range(0, 8).Select(c => row + c / 8f)), values);
    }

    /// <summary>A table whose numbers say where they are, and which remembers what it was asked for.</summary>
    private sealed class Table(int rows, int columns) : WeightTensor("table", WeightRole.Gather, ElementType.Float32, [rows, columns], 1)
    {
        public bool Taken { get; set; }

        public List<int> Decoded { get; } = [];

        public override TensorFormat Format => TensorFormat.Dense;

        public override void DecodeRows(int first, int count, float* destination, long stride)
        {
            for (int r = 0; r < count; r++)
            {
                Decoded.Add(first + r);
                for (int c = 0; c < Columns; c++) destination[r * stride + c] = first + r + c / (float)Columns;
            }
        }
    }

    private sealed class Binding(Table table) : BindContext
    {
        public override NativeArena Memory => throw new InvalidOperationException("An embedding needs no memory");

        public override bool HasInput(int input) => input < 2;

        public override WeightRole? RoleOf(int input) => input == 0 ? table.Role : null;

        public override WeightTensor? TakeWeight(int input)
        {
            table.Taken = true;
            return table;
        }
    }
}
