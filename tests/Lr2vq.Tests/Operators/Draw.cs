using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>Random shapes, values and choices of one seed.</summary>
internal sealed class Draw(int seed)
{
    private readonly Random _random = new(seed);

    public int Seed => seed;

    /// <summary>A whole number in [low, high].</summary>
    public int Int(int low, int high) => _random.Next(low, high + 1);

    public bool Chance(double probability = 0.5) => _random.NextDouble() < probability;

    public T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];

    public float Float(float low, float high) => low + (high - low) * _random.NextSingle();

    /// <summary>A shape of a given rank with at most some thousand elements; lengths around vector sizes are likely.</summary>
    public int[] Shape(int rank)
    {
        int[] shape = new int[rank];
        for (int d = 0; d < rank; d++) shape[d] = rank > 3 ? Int(1, 7) : Pick(1, 2, 3, 5, 8, 17, 33);
        if (rank > 0 && Chance()) shape[^1] = Pick(1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 64, 65);
        return shape;
    }

    public int[] Shape(int lowRank, int highRank) => Shape(Int(lowRank, highRank));

    /// <summary>A shape that broadcasts with the given one: axes of length 1, or missing at the front.</summary>
    public int[] BroadcastTo(int[] shape)
    {
        int[] small = shape[Int(0, shape.Length)..];
        for (int d = 0; d < small.Length; d++)
            if (Chance(0.4)) small[d] = 1;
        return small;
    }

    public HostTensor Floats(float low, float high, params int[] shape) => RandomTensor.Floats(_random.Next(), low, high, shape);

    public HostTensor Floats(params int[] shape) => Floats(-3f, 3f, shape);

    public HostTensor Longs(int low, int high, params int[] shape) => RandomTensor.Longs(_random.Next(), low, (long)high + 1, shape);

    public HostTensor Ints(int low, int high, params int[] shape) =>
        HostTensor.Of(Array.ConvertAll(Longs(low, high, shape).Values<long>().ToArray(), v => (int)v), shape);

    public HostTensor Bools(params int[] shape) =>
        HostTensor.Of(Array.ConvertAll(Longs(0, 1, shape).Values<long>().ToArray(), v => v != 0), shape);

    /// <summary>f32, i32 or i64 in the same range.</summary>
    public HostTensor Numbers(ElementType type, int low, int high, params int[] shape) => type switch
    {
        ElementType.Int32 => Ints(low, high, shape),
        ElementType.Int64 => Longs(low, high, shape),
        _ => Floats(low, high, shape),
    };

    /// <summary>Different axes of a rank, sorted.</summary>
    public int[] Axes(int rank)
    {
        List<int> axes = [.. Enumerable.Range(0, rank).Where(_ => Chance())];
        if (axes.Count == 0) axes.Add(Int(0, rank - 1));
        return [.. axes];
    }

    /// <summary>0, …, rank − 1 in random order.</summary>
    public int[] Permutation(int rank)
    {
        int[] order = [.. Enumerable.Range(0, rank)];
        _random.Shuffle(order);
        return order;
    }
}
