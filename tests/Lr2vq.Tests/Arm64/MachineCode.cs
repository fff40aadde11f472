using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;

namespace Lr2vq.Tests.Arm64;

/// <summary>What the JIT made of a method on ARM64: its instructions, 32 bits each, read from memory.</summary>
internal sealed unsafe class MachineCode
{
    /// <summary>What the way to the JIT begins with, in stubs of methods that are not compiled.</summary>
    private const uint Barrier = 0xD50339BF;
    private const int FramePointer = 29, StackPointer = 31, MostInstructions = 1 << 16;

    private readonly List<uint> _code = [];

    /// <param name="method">One that is optimised at its first call.</param>
    public MachineCode(MethodInfo method)
    {
        if (!AdvSimd.Arm64.IsSupported) throw new PlatformNotSupportedException();
        RuntimeHelpers.PrepareMethod(method.MethodHandle, [.. method.GetGenericArguments().Select(a => a.TypeHandle)]);
        uint* at = Body((uint*)method.MethodHandle.GetFunctionPointer());
        if (at[0] == Barrier) throw new InvalidOperationException($"{method.Name}: its stub leads to the JIT");
        // The end is an instruction that does not go on, with no branch beyond it.
        int farthest = 0;
        for (int i = 0; i < MostInstructions; i++)
        {
            uint instruction = at[i];
            _code.Add(instruction);
            if (Target(i) is { } target) farthest = Math.Max(farthest, target);
            if (i >= farthest && (IsReturn(instruction) || IsJump(instruction))) return;
        }
        throw new InvalidOperationException($"{method.Name}: no end");
    }

    /// <summary>All instructions, in words that a disassembler takes.</summary>
    public override string ToString() => string.Join(' ', _code.Select(c => c.ToString("X8")));

    /// <summary>The loops that hold no other loop.</summary>
    public IEnumerable<Loop> InnerLoops()
    {
        (int From, int To)[] loops = [.. Enumerable.Range(0, _code.Count).Where(i => Target(i) is { } target && target <= i).Select(i => (Target(i)!.Value, i))];
        foreach ((int from, int to) in loops.Distinct())
            if (!loops.Any(other => other != (from, to) && other.From >= from && other.To <= to))
                yield return new Loop([.. _code.Skip(from).Take(to - from + 1)]);
    }

    /// <summary>Stubs in front of a method load a register and jump to it.</summary>
    private static uint* Body(uint* at)
    {
        for (int depth = 0; depth < 4 && (at[0] & 0xFF000000) == 0x58000000 && at[1] == (0xD61F0000 | (at[0] & 31) << 5); depth++)
            at = *(uint**)(at + ((int)(at[0] << 8) >> 13));
        return at;
    }

    private static bool IsReturn(uint instruction) => instruction == 0xD65F03C0;

    private static bool IsJump(uint instruction) => (instruction & 0xFC000000) == 0x14000000 || (instruction & 0xFFFFFC1F) == 0xD61F0000 || (instruction & 0xFFE0001F) == 0xD4200000;

    /// <summary>Where a branch of this method leads to.</summary>
    private int? Target(int index)
    {
        uint i = _code[index];
        int? offset = (i & 0xFC000000) == 0x14000000 ? (int)(i << 6) >> 6
            : (i & 0xFF000010) == 0x54000000 || (i & 0x7E000000) == 0x34000000 ? (int)(i << 8) >> 13
            : (i & 0x7E000000) == 0x36000000 ? (int)(i << 13) >> 18
            : null;
        return index + offset;
    }

    /// <summary>A loop that holds no other.</summary>
    internal sealed class Loop(uint[] code)
    {
        public int Instructions => code.Length;

        /// <summary>Calls, by address or register.</summary>
        public int Calls => code.Count(i => (i & 0xFC000000) == 0x94000000 || (i & 0xFFFFFC1F) == 0xD63F0000);

        /// <summary>Loads and stores relative to the stack or frame: what is spilled.</summary>
        public int StackAccesses => code.Count(i => IsMemory(i) && (i >> 5 & 31) is StackPointer or FramePointer);

        /// <summary>FMLA of four floats by an element.</summary>
        public int MultiplyAddsByElement => code.Count(i => (i & 0xFFC0F400) == 0x4F801000);

        /// <summary>FMLA of four floats by four.</summary>
        public int MultiplyAdds => code.Count(i => (i & 0xFFE0FC00) == 0x4E20CC00);

        /// <summary>SDOT and UDOT of sixteen bytes, by vector or element.</summary>
        public int DotProducts => code.Count(i => (i & 0xDFE0FC00) == 0x4E809400 || (i & 0xDFC0F400) == 0x4F80E000);

        /// <summary>Loads of vectors of 16 bytes, two by LDP.</summary>
        public int VectorLoads => code.Sum(i => (i & 0xFFC00000) == 0x3DC00000 || (i & 0xFFE00000) == 0x3CC00000 || (i & 0xFFE00C00) == 0x3CE00800 ? 1 : (i & 0xFE400000) == 0xAC400000 ? 2 : 0);

        /// <summary>Copies of vector registers, and DUP of one element to all.</summary>
        public int Moves => code.Count(i => (i & 0xFFE0FC00) == 0x4EA01C00 && (i >> 16 & 31) == (i >> 5 & 31) || (i & 0xFFE0FC00) == 0x4E000400);

        private static bool IsMemory(uint i) => (i & 0x0A000000) == 0x08000000 && (i & 0x3B000000) != 0x18000000;

        public override string ToString() => $"{Instructions} instructions, {MultiplyAddsByElement} FMLA by element, {MultiplyAdds} FMLA, {DotProducts} SDOT or UDOT, {VectorLoads} vector loads, {Moves} moves, {Calls} calls, {StackAccesses} accesses of the stack";
    }
}
