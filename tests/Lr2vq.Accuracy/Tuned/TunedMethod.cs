using System;
using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Accuracy;

/// <summary>A method of the comparison, with what it is given besides the size.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Options">Settings. Where several are given, the untrained row has the one with the least weight error at the size, or the least loss on held-out pictures where samples chose the codes, and the trained one that which short trainings like best.</param>
internal sealed record TunedMethod(string Name, params string[] Options)
{
    /// <summary>How many samples a search gets that asks for the inputs of weights.</summary>
    public const int Samples = 128;

    private static readonly string[] s_lowRank = ["M=9;D=4", "M=9;D=6", "M=18;D=6", "M=18;D=9", "M=4;D=3;Slicing=ic"];
    private static readonly string[] s_wholeRank = ["M=9;D=m", "M=18;D=m", "M=4;D=m;Slicing=ic"];

    /// <summary>The dense network: the control.</summary>
    public static TunedMethod Control { get; } = new("fp32", "");

    /// <summary>Whether unlabelled samples are given to the search.</summary>
    public bool IsCalibrated => IsChosenBySamples || Name is "bgd" or "svd-gram" or "auto";

    /// <summary>Samples choose the codes: what the weights lose says nothing then.</summary>
    public bool IsChosenBySamples => Name == "lr2vq";

    public static IReadOnlyList<TunedMethod> All { get; } =
    [
        Control,
        new("lr2vq", "M=9;D=auto", "M=9;D=6", "M=9;D=7", "M=9;D=8", "M=4;D=3;Slicing=ic"),
        new("lr2vq", "M=9;D=m", "M=4;D=m;Slicing=ic"),
        new("lr2vq-soft", s_lowRank),
        new("lr2vq-soft", s_wholeRank),
        new("pq", "M=9;Slicing=sp", "M=4;Slicing=ic", "M=8;Slicing=ic"),
        new("pqf", "M=18;Slicing=sp", "M=9;Slicing=sp", "M=4;Slicing=ic", "M=8;Slicing=ic"),
        new("bgd", "M=9;Slicing=sp", "M=4;Slicing=ic", "M=8;Slicing=ic"),
        new("dkm", "M=9;Slicing=sp", "M=4;Slicing=ic", "M=8;Slicing=ic"),
        new("tc-ecsq", ""),
        new("auto", ""),
        new("qswd", ""),
        new("svd", ""),
        new("svd-gram", ""),
        new("binary", ""),
        new("ecsq", ""),
        new("rvq", ""),
    ];

    /// <param name="settings">Instead of those it would try; empty for these.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static IReadOnlyList<TunedMethod> Find(string name, IReadOnlyList<string> settings)
    {
        TunedMethod[] found = [.. All.Where(m => m.Name == name)];
        return found.Length > 0 ? settings.Count > 0 ? [new(name, [.. settings])] : found : throw new ArgumentException($"'{name}' is no method of this comparison; they are {string.Join(", ", All.Select(m => m.Name).Distinct())}");
    }
}
