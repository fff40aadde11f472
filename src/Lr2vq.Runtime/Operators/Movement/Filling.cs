using System;

namespace Lr2vq.Operators;

/// <summary>One value, many times.</summary>
internal static unsafe class Filling
{
    private const int Most = 1 << 30;

    /// <param name="destination">Where to.</param>
    /// <param name="count">How many elements.</param>
    /// <param name="size">Bytes of an element: 1, 2, 4 or 8.</param>
    /// <param name="value">The element.</param>
    public static void Run(byte* destination, long count, int size, void* value)
    {
        switch (size)
        {
            case 1: Run(destination, count, *(byte*)value); break;
            case 2: Run((ushort*)destination, count, *(ushort*)value); break;
            case 4: Run((uint*)destination, count, *(uint*)value); break;
            default: Run((ulong*)destination, count, *(ulong*)value); break;
        }
    }

    public static void Run<T>(T* destination, long count, T value) where T : unmanaged
    {
        for (long done = 0; done < count; done += Most) new Span<T>(destination + done, (int)Math.Min(count - done, Most)).Fill(value);
    }
}
